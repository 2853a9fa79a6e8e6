import { SegmentedControl, TextInput } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { addresses } from '@/lib/addresses';
import { slugOf } from '@/lib/format';
import { quote } from '@/lib/shell';
import type { Template } from '@/lib/types';
import { formErrors } from '@/ui/form-errors';
import { Page, Section } from '@/ui/page';
import { Async, Loading } from '@/ui/states';
import { useCreateComponent, useTemplates } from './api';
import { CreateForm, NameField } from './create-form';
import { ImageForm } from './image-form';
import { TemplateGallery } from './template-gallery';

interface NewComponentProps {
  project: string;
  /** What is shown when it is to come from a repository elsewhere. */
  connect: React.ReactNode;
}

/** A template first, then a name, which leads to Develop; or a repository elsewhere. */
export function NewComponent({ project, connect }: NewComponentProps) {
  const templates = useTemplates();
  const [search, setSearch] = useSearchParams();
  const choose = (key: string) => setSearch({ template: key }, { replace: true, preventScrollReset: true });
  const isConnecting = search.get('from') === 'git';
  const isNarrow = useMediaQuery('(max-width: 36em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const isImage = search.get('from') === 'image';
  return (
    <Page title="New component" lead="A component is one task. You say when it runs later, when you deploy it.">
      <SegmentedControl
        aria-label="Where its code is"
        orientation={isNarrow ? 'vertical' : 'horizontal'}
        fullWidth={isNarrow}
        data={[
          { value: 'template', label: 'Start from a template' },
          { value: 'git', label: 'Connect a repository' },
          { value: 'image', label: 'Use a ready image' },
        ]}
        value={isConnecting ? 'git' : isImage ? 'image' : 'template'}
        onChange={(from) => setSearch(from === 'template' ? {} : { from }, { replace: true })}
        style={{ alignSelf: isNarrow ? 'stretch' : 'flex-start' }}
      />
      {isConnecting ? (
        connect
      ) : isImage ? (
        <ImageForm project={project} />
      ) : (
      <Async query={templates} loading={<Loading lines={3} height={72} />} failed="The templates could not be loaded.">
        {(list) => {
          const chosen = list.find((each) => each.key === search.get('template')) ?? list[0];
          return (
            <>
              <Section title="Start from">
                <TemplateGallery templates={list} chosen={chosen?.key} onChoose={choose} />
              </Section>
              {chosen && <NameForm key={chosen.key} project={project} template={chosen} />}
            </>
          );
        }}
      </Async>
      )}
    </Page>
  );
}

function NameForm({ project, template }: { project: string; template: Template }) {
  const [name, setName] = useState(template.key === 'blank' ? '' : template.title);
  const [description, setDescription] = useState('');
  const create = useCreateComponent(project);
  const navigate = useNavigate();
  const { fields, rest } = formErrors(create.error, ['name', 'slug', 'description']);
  const submit = () =>
    create.mutate(
      { name: name.trim(), description: description.trim(), template: template.key },
      { onSuccess: (made) => void navigate(addresses.develop({ project, component: made.slug })) },
    );
  return (
    <CreateForm
      project={project}
      title="Name it"
      action="Create and open the code"
      command={`component create ${project} ${quote(name.trim() || 'NAME')} --template ${template.key}`}
      isReady={Boolean(slugOf(name))}
      isPending={create.isPending}
      rest={rest}
      onSubmit={submit}
    >
      <NameField project={project} placeholder="Nightly backup" value={name} onChange={setName} error={fields['name'] ?? fields['slug']} />
      <TextInput
        label="Description"
        placeholder="What it is for, in a sentence"
        maxLength={500}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        error={fields['description']}
        description="Shown in lists"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
      />
    </CreateForm>
  );
}
