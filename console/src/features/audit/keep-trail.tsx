import { Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { useKeepTrail, useTrailRetention } from './api';
import classes from './audit.module.css';

/** For how long entries are kept, and the way to change it; nothing for those who may not. */
export function KeepTrail() {
  const kept = useTrailRetention();
  const [opened, { open, close }] = useDisclosure();
  if (!kept.data) return null;
  const { days } = kept.data;
  return (
    <div className={classes['keep']}>
      <span>Entries are kept {days === null ? 'for ever' : `for ${days} days`}.</span>
      <Button variant="subtle" size="compact-sm" onClick={open}>
        Change…
      </Button>
      <Modal opened={opened} onClose={close} title="How long entries are kept" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Form present={days} onClose={close} />
      </Modal>
    </div>
  );
}

function Form({ present, onClose }: { present: number | null; onClose: () => void }) {
  const [days, setDays] = useState(present);
  const keep = useKeepTrail();
  const { fields, rest } = formErrors(keep.error, ['days']);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    keep.mutate(days, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NumberInput
          label="Days"
          description="At least 30; empty: for ever. What is older is removed within the hour, and does not come back."
          data-autofocus
          placeholder="for ever"
          allowDecimal={false}
          allowNegative={false}
          value={days ?? ''}
          onChange={(typed) => setDays(typeof typed === 'number' ? typed : null)}
          error={fields['days']}
        />
        {rest && (
          <Text role="alert" c="red" size="sm">
            {rest}
          </Text>
        )}
        <CliHint command={`audit-keep ${days === null ? '--for-ever' : `--days ${days}`}`} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={keep.isPending} disabled={days === present}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
