import { Button, SegmentedControl, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { addresses } from '@/lib/addresses';
import { NO_SLUG, slugOf } from '@/lib/format';
import { quote } from '@/lib/shell';
import type { Template } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { LinkButton } from '@/ui/link';
import { Page, Section } from '@/ui/page';
import { Async, Loading } from '@/ui/states';
import { useCreateComponent, useTemplates } from './api';
import { ImageForm } from './image-form';
import classes from './new-component.module.css';
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
  const isImage = search.get('from') === 'image';
  return (
    <Page title="New component" lead="A component is one task. You say when it runs later, when you deploy it.">
      <SegmentedControl
        aria-label="Where its code is"
        data={[
          { value: 'template', label: 'Start from a template' },
          { value: 'git', label: 'Connect a repository' },
          { value: 'image', label: 'Use a ready image' },
        ]}
        value={isConnecting ? 'git' : isImage ? 'image' : 'template'}
        onChange={(from) => setSearch(from === 'template' ? {} : { from }, { replace: true })}
        style={{ alignSelf: 'flex-start' }}
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
  const slug = slugOf(name);
  const { fields, rest } = formErrors(create.error, ['name', 'slug', 'description']);

  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    create.mutate(
      { name: name.trim(), description: description.trim(), template: template.key },
      { onSuccess: (made) => void navigate(addresses.develop({ project, component: made.slug })) },
    );
  };
  return (
    <Section title="Name it">
      <form onSubmit={submit} className={classes['form']}>
        <TextInput
          label="Name"
          placeholder="Nightly backup"
          required
          maxLength={80}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={fields['name'] ?? fields['slug']}
          description={slug || !name.trim() ? `On the command line: ${project}/${slug || '…'}` : NO_SLUG}
        />
        <TextInput
          label="Description"
          placeholder="What it is for, in a sentence"
          maxLength={500}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={fields['description']}
          description="Shown in lists"
        />
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <div className={classes['actions']}>
          <Button type="submit" size="sm" loading={create.isPending} disabled={!slug}>
            Create and open the code
          </Button>
          <LinkButton to={addresses.project(project)} size="sm" variant="default">
            Cancel
          </LinkButton>
          <CliHint command={`component create ${project} ${quote(name.trim() || 'NAME')} --template ${template.key}`} />
        </div>
      </form>
    </Section>
  );
}
