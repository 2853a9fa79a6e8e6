import { Button, Group, Modal, Select, Stack, TagsInput, Text } from '@mantine/core';
import { useState } from 'react';
import { quote } from '@/lib/shell';
import type { Environment, Role } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { notifyDone } from '@/ui/notify';
import { useSetApproval } from './api';

interface ApprovalDialogProps {
  environment: Environment;
  onClose: () => void;
}

const NOBODY = 'nobody';
const ROLES = [
  { value: NOBODY, label: 'Nobody by their role' },
  { value: 'operator', label: 'Operators there, and administrators' },
  { value: 'admin', label: 'Administrators there' },
  { value: 'developer', label: 'Developers there, and all above' },
  { value: 'viewer', label: 'Anybody who may see it' },
];

/** Says who has to approve of what is deployed there. */
export function ApprovalDialog({ environment, onClose }: ApprovalDialogProps) {
  const [role, setRole] = useState<Role | null>(environment.approval?.role ?? null);
  const [people, setPeople] = useState<string[]>(environment.approval?.people ?? []);
  const change = useSetApproval(environment.slug);
  const { fields, rest } = formErrors(change.error, ['people']);
  const isNeeded = role !== null || people.length > 0;
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    const done = isNeeded ? `What is deployed to ${environment.name} has to be approved now.` : `Nobody has to approve what is deployed to ${environment.name}.`;
    const onSuccess = () => {
      notifyDone(done);
      onClose();
    };
    change.mutate({ role, people }, { onSuccess });
  };
  const options = [...(role ? [`--role ${role}`] : []), ...people.map((each) => `--person ${quote(each)}`)];
  return (
    <Modal opened onClose={onClose} title={`Approval for ${environment.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">Where somebody has to approve, each new deployment becomes a request, but for a roll back. Nobody approves their own.</Text>
          <Select
            label="Who may approve"
            data={ROLES}
            value={role ?? NOBODY}
            allowDeselect={false}
            onChange={(value) => setRole(value === NOBODY ? null : (value as Role))}
            data-autofocus
          />
          <TagsInput label="And these people" description="By login or name; Enter adds one." value={people} onChange={setPeople} error={fields['people']} />
          {rest && (
            <Text role="alert" c="red" size="sm">
              {rest}
            </Text>
          )}
          <CliHint command={`environment approval ${environment.slug} ${options.join(' ') || '--none'}`} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              {isNeeded ? 'Have it approved' : 'Ask for no approval'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
