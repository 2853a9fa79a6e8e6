import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { slugOf } from '@/lib/format';
import { quote } from '@/lib/shell';
import { formErrors } from '@/ui/form-errors';
import { useCreateComponent } from './api';
import { CreateForm, NameField } from './create-form';

/** The name of an image that there is already, which is looked for at once by the first build. */
export function ImageForm({ project }: { project: string }) {
  const [image, setImage] = useState('');
  const [name, setName] = useState('');
  const create = useCreateComponent(project);
  const navigate = useNavigate();
  const { fields, rest } = formErrors(create.error, ['image', 'name', 'slug']);
  const submit = () =>
    create.mutate(
      { name: name.trim(), description: '', template: 'blank', image: image.trim() },
      { onSuccess: (made) => void navigate(addresses.build({ project, component: made.slug }, 1)) },
    );
  return (
    <CreateForm
      project={project}
      title="Ready image"
      action="Create and look for it"
      command={`component create ${project} ${quote(name.trim() || 'NAME')} --image ${quote(image.trim() || 'IMAGE')}`}
      isReady={Boolean(slugOf(name) && image.trim())}
      isPending={create.isPending}
      rest={rest}
      onSubmit={submit}
    >
      <TextInput
        label="Image"
        description="Each build pins what the name means then. It must not run as root; what it asks for is said by its labels, or in image.toml."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        placeholder="registry.example.org/reports:1.4"
        required
        autoComplete="off"
        spellCheck={false}
        value={image}
        onChange={(event) => setImage(event.currentTarget.value)}
        error={fields['image']}
      />
      <NameField project={project} placeholder="Nightly report" value={name} onChange={setName} error={fields['name'] ?? fields['slug']} />
    </CreateForm>
  );
}
