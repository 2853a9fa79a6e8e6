import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { toApiError } from '@/lib/errors';
import type { ComponentRef, Deployment, Environment, Setting } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { useRunNow } from './api';
import { nameOf, settingOptions } from './command';
import { ConfigurationFields } from './configuration-fields';
import { beginWith } from './wish';

interface RunDialogProps {
  component: ComponentRef;
  environment: Environment;
  deployment: Deployment;
  opened: boolean;
  onClose: () => void;
}

/** What may be given for one start: everything but secrets, which the ledger would show. */
export const givable = (deployment: Deployment): Setting[] => deployment.settings.filter((setting) => setting.type !== 'secret');

/** Starts it once with other values than the deployed ones. */
export function RunDialog(props: RunDialogProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={`Run once in ${props.environment.name}`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Question {...props} />
    </Modal>
  );
}

function Question({ component, environment, deployment, onClose }: RunDialogProps) {
  const settings = givable(deployment);
  const [deployed] = useState(() => beginWith(settings, deployment, new Set(), []).configuration);
  const [values, setValues] = useState(deployed);
  const run = useRunNow(component, environment.slug);
  const navigate = useNavigate();
  const changed = settings.filter(({ name }) => JSON.stringify(values[name]) !== JSON.stringify(deployed[name]));
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    run.mutate(Object.fromEntries(changed.map(({ name }) => [name, values[name] ?? null])), {
      onSuccess: (execution) => {
        onClose();
        void navigate(addresses.execution(component, execution.id));
      },
    });
  };
  const refused = run.error && toApiError(run.error);
  const errors = Object.fromEntries(Object.entries(refused?.fields ?? {}).map(([name, sentence]) => [name.replace(/^arguments\./, 'configuration.'), sentence]));
  const options = changed.flatMap((setting) => settingOptions({ ...setting, default: undefined }, values[setting.name]));
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm">What you change here is for this one start, and is shown with its execution. Secrets stay as they are deployed.</Text>
        <ConfigurationFields settings={settings} values={values} onChange={(name, value) => setValues((before) => ({ ...before, [name]: value }))} errors={errors} kept={new Set()} keptBy="" />
        {refused && Object.keys(refused.fields).length === 0 && (
          <Text role="alert" c="red" size="sm">
            {refused.message}
          </Text>
        )}
        <CliHint command={['run', nameOf(component), '--environment', environment.slug, ...options].join(' ')} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={run.isPending}>
            Run
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
