import { Button, Group, Modal, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ComponentRef, Configuration, ConfigurationCell, NewValue, Setting, StoredValue } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { Time } from '@/ui/time';
import { type Place, useSetValue, useUnsetValue } from './api';
import { plain, setCommand, stored, unsetCommand } from './words';

/** A field by the setting's type, which pages take from the form of a deployment. */
export type ValueField = (props: { setting: Setting; value: unknown; onChange: (value: unknown) => void; error: React.ReactNode }) => React.ReactNode;

interface EditValueProps {
  of: ComponentRef;
  configuration: Configuration;
  /** What is edited; null: nothing. */
  place: Place | null;
  onClose: () => void;
  field: ValueField;
}

/** Sets one value in one place, or sets it no more. */
export function EditValue({ of, configuration, place, onClose, field }: EditValueProps) {
  const row = configuration.rows.find(({ name }) => name === place?.name);
  const cell = row?.cells.find(({ environment }) => environment === place?.environment);
  const where = configuration.environments.find(({ slug }) => slug === place?.environment)?.name ?? 'all environments';
  const present = place?.environment === null ? (row?.everywhere ?? null) : (cell?.own ?? null);
  return (
    <Modal opened={place !== null && row !== undefined} onClose={onClose} title={<>{place?.name} for {where}</>} closeButtonProps={{ 'aria-label': 'Close' }}>
      {place && row && (
        <Form
          of={of}
          place={place}
          where={where}
          setting={row.setting}
          present={present}
          said={cell?.said ?? null}
          inherited={place.environment === null ? null : (row.everywhere ?? null)}
          onClose={onClose}
          field={field}
        />
      )}
    </Modal>
  );
}

interface FormProps extends Pick<EditValueProps, 'of' | 'onClose' | 'field'> {
  place: Place;
  where: string;
  setting: Setting | null;
  present: StoredValue | null;
  said: ConfigurationCell['said'];
  inherited: StoredValue | null;
}

function Form({ of, place, where, setting, present, said, inherited, onClose, field }: FormProps) {
  const isSecret = setting?.type === 'secret';
  const [value, setValue] = useState<unknown>(() => beginning(setting, present ?? inherited));
  const [reference, setReference] = useState(present?.reference ?? '');
  const [isReference, setIsReference] = useState(Boolean(present?.reference));
  const [file, setFile] = useState(present?.file ?? '');
  const [isFile, setIsFile] = useState(Boolean(present?.file));
  const set = useSetValue(of);
  const unset = useUnsetValue(of);
  const { fields, rest } = formErrors(set.error ?? unset.error, ['value', 'reference', 'file']);
  const typed = isSecret && isReference ? reference.trim() !== '' : value !== '' && value !== null;
  const body: NewValue = {
    ...(isSecret && isReference ? typed && { reference: reference.trim() } : typed && { value }),
    file: isFile ? file.trim() || null : null,
  };
  const done = (words: string) => {
    notifyDone(words);
    onClose();
  };
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    set.mutate({ place, body }, { onSuccess: () => done(`${place.name} is set for ${where}.`) });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        {said && (
          <Text size="sm">
            <span className="mono">{plain(said.value)}</span> is said by {said.by}, and counts. {said.remedy}
          </Text>
        )}
        {present && (
          <Text size="sm" c="dimmed">
            {said ? 'Set here is' : 'Now'} <span className="mono">{stored(present)}</span>, set by {present.set_by} <Time at={present.set_at} />.
          </Text>
        )}
        {!present && inherited && (
          <Text size="sm" c="dimmed">
            Now what is set for all environments: <span className="mono">{stored(inherited)}</span>.
          </Text>
        )}
        {setting ? (
          <>
            {isSecret && (
              <SegmentedControl
                aria-label="Where the secret is kept"
                value={isReference ? 'there' : 'here'}
                onChange={(next) => setIsReference(next === 'there')}
                data={[
                  { value: 'here', label: 'Keep it here' },
                  { value: 'there', label: 'An external store has it' },
                ]}
              />
            )}
            {isSecret && isReference ? (
              <TextInput
                label="Reference"
                description="vault:secret/data/shop#password for HashiCorp Vault, file:password for a file that the platform mounts. It is fetched whenever an execution starts."
                classNames={{ input: 'mono' }}
                autoComplete="off"
                spellCheck={false}
                value={reference}
                onChange={(event) => setReference(event.currentTarget.value)}
                error={fields['reference']}
              />
            ) : (
              field({ setting, value, onChange: setValue, error: fields['value'] })
            )}
            {isSecret && !isReference && typeof value === 'string' && value.length > 0 && value.length < 4 && (
              <Text size="sm" role="note">
                A secret of less than 4 characters is not masked in logs.
              </Text>
            )}
            <SegmentedControl
              aria-label="How it is handed over"
              value={isFile ? 'file' : 'variable'}
              onChange={(next) => setIsFile(next === 'file')}
              data={[
                { value: 'variable', label: `Variable TASK_${place.name.toUpperCase()}` },
                { value: 'file', label: 'File' },
              ]}
            />
            {isFile && (
              <TextInput
                label="Path"
                description={`Beneath the execution's folder for files; TASK_${place.name.toUpperCase()}_FILE says where that is.`}
                placeholder="tls/client.pem"
                classNames={{ input: 'mono' }}
                autoComplete="off"
                spellCheck={false}
                value={file}
                onChange={(event) => setFile(event.currentTarget.value)}
                error={fields['file']}
              />
            )}
          </>
        ) : (
          <Text size="sm">The code does not declare it any more. It can be removed here.</Text>
        )}
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={setting ? setCommand(of, place, body, isSecret) : unsetCommand(of, place)} />
        <Group justify="flex-end" gap="xs">
          {present && (
            <May do="operate" project={of.project} environment={place.environment ? { slug: place.environment, name: where } : undefined}>
              <Button
                variant="subtle"
                color="red"
                mr="auto"
                loading={unset.isPending}
                onClick={() => unset.mutate(place, { onSuccess: () => done(`${place.name} is not set for ${where} any more.`) })}
              >
                {inherited ? 'Use the value of all' : 'Remove it'}
              </Button>
            </May>
          )}
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          {setting && (
            <May do="operate" project={of.project} environment={place.environment ? { slug: place.environment, name: where } : undefined}>
              <Button type="submit" loading={set.isPending} disabled={!typed && !present}>
                {isSecret && present && !present.reference ? (typed ? 'Replace it' : 'Save') : 'Set it'}
              </Button>
            </May>
          )}
        </Group>
      </Stack>
    </form>
  );
}

function beginning(setting: Setting | null, present: StoredValue | null): unknown {
  if (!setting || setting.type === 'secret') return '';
  if (present && !present.is_secret) return present.value;
  if (setting.default !== null && setting.default !== undefined) return setting.default;
  if (setting.type === 'list') return [];
  return setting.type === 'flag' ? false : '';
}
