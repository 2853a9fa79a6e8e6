import { Button, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { NO_SLUG, slugOf } from '@/lib/format';
import { quote } from '@/lib/shell';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { LinkButton } from '@/ui/link';
import { Section } from '@/ui/page';
import { useCreateComponent } from './api';
import classes from './new-component.module.css';

/** The name of an image that there is already, which is looked for at once by the first build. */
export function ImageForm({ project }: { project: string }) {
  const [image, setImage] = useState('');
  const [name, setName] = useState('');
  const create = useCreateComponent(project);
  const navigate = useNavigate();
  const slug = slugOf(name);
  const { fields, rest } = formErrors(create.error, ['image', 'name', 'slug']);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    create.mutate(
      { name: name.trim(), description: '', template: 'blank', image: image.trim() },
      { onSuccess: (made) => void navigate(addresses.build({ project, component: made.slug }, 1)) },
    );
  };
  return (
    <Section title="Image">
      <form onSubmit={submit} className={classes['form']}>
        <TextInput
          label="Image"
          description="Each build pins what the name means then. It must not run as root; what it asks for is said by its labels, or in image.toml."
          placeholder="registry.example.org/reports:1.4"
          required
          autoComplete="off"
          spellCheck={false}
          value={image}
          onChange={(event) => setImage(event.currentTarget.value)}
          error={fields['image']}
        />
        <TextInput
          label="Name"
          placeholder="Nightly report"
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name'] ?? fields['slug']}
          description={slug || !name.trim() ? `On the command line: ${project}/${slug || '…'}` : NO_SLUG}
        />
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <div className={classes['actions']}>
          <Button type="submit" size="sm" loading={create.isPending} disabled={!slug || !image.trim()}>
            Create and look for it
          </Button>
          <LinkButton to={addresses.project(project)} size="sm" variant="default">
            Cancel
          </LinkButton>
          <CliHint command={`component create ${project} ${quote(name.trim() || 'NAME')} --image ${quote(image.trim() || 'IMAGE')}`} />
        </div>
      </form>
    </Section>
  );
}
