import { Button, Text, TextInput } from '@mantine/core';
import { addresses } from '@/lib/addresses';
import { NO_SLUG, slugOf } from '@/lib/format';
import { CliHint } from '@/ui/cli-hint';
import { LinkButton } from '@/ui/link';
import { Section } from '@/ui/page';
import classes from './new-component.module.css';

interface CreateFormProps {
  project: string;
  title: string;
  /** What the button says. */
  action: string;
  /** The same on the command line. */
  command: string;
  isReady: boolean;
  isPending: boolean;
  /** What was refused and belongs to no field. */
  rest: string | null;
  onSubmit: () => void;
  children: React.ReactNode;
}

/** The last step to a component: its fields, the button that makes it, and how it is made on the command line. */
export function CreateForm({ project, title, action, command, isReady, isPending, rest, onSubmit, children }: CreateFormProps) {
  return (
    <Section title={title}>
      <form
        className={classes['form']}
        onSubmit={(event: React.SubmitEvent) => {
          event.preventDefault();
          onSubmit();
        }}
      >
        {children}
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <div className={classes['actions']}>
          <Button type="submit" size="sm" loading={isPending} disabled={!isReady}>
            {action}
          </Button>
          <LinkButton to={addresses.project(project)} size="sm" variant="default">
            Cancel
          </LinkButton>
          <CliHint command={command} />
        </div>
      </form>
    </Section>
  );
}

interface NameFieldProps {
  project: string;
  placeholder: string;
  value: string;
  onChange: (name: string) => void;
  error: React.ReactNode;
}

/** A component's name, and below it what it is called on the command line. */
export function NameField({ project, placeholder, value, onChange, error }: NameFieldProps) {
  const slug = slugOf(value);
  return (
    <TextInput
      label="Name"
      placeholder={placeholder}
      required
      maxLength={80}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      description={slug || !value.trim() ? `On the command line: ${project}/${slug || '…'}` : NO_SLUG}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
    />
  );
}
