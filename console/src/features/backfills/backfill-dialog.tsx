import { Button, Group, Modal, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconStackPush } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { plural } from '@/lib/format';
import { full, localZone, zoneName } from '@/lib/time';
import type { Card, ComponentRef, Deployment, NewBackfill } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { instantOfWallClock, wallClockOf } from '@/ui/wall-clock';
import { useBackfillPreview, useStartBackfill } from './api';

const FIELDS = ['schedule', 'start', 'end', 'scope', 'at_once'] as const;

interface BackfillButtonProps {
  component: ComponentRef;
  cards: readonly Card[];
}

/** Offers to execute what was due in a range that has passed, where there is a schedule. */
export function BackfillButton({ component, cards }: BackfillButtonProps) {
  const [opened, { open, close }] = useDisclosure();
  const places = cards.flatMap(({ environment, deployment }) => (deployment?.schedules.length ? [{ environment, deployment }] : []));
  if (places.length === 0) return null;
  return (
    <>
      <May do="operate" project={component.project}>
        <Button variant="default" leftSection={<IconStackPush size={14} aria-hidden />} onClick={open}>
          Backfill…
        </Button>
      </May>
      <Modal opened={opened} onClose={close} title="Backfill" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Question component={component} places={places} onClose={close} />
      </Modal>
    </>
  );
}

interface Place {
  environment: Card['environment'];
  deployment: Deployment;
}

function Question({ component, places, onClose }: { component: ComponentRef; places: readonly Place[]; onClose: () => void }) {
  const [at, setAt] = useState(0);
  const { environment, deployment } = places[at] ?? (places[0] as Place);
  const [schedule, setSchedule] = useState<string | null>(null);
  const [from, setFrom] = useState(() => wallClockOf(new Date(Date.now() - 86_400_000)));
  const [to, setTo] = useState(() => wallClockOf(new Date()));
  const [scope, setScope] = useState<'missing' | 'all'>('missing');
  const [atOnce, setAtOnce] = useState<number>(1);
  const [start, end] = [instantOfWallClock(from), instantOfWallClock(to)];
  const chosen = deployment.schedules.find((each) => each.id === schedule) ?? deployment.schedules[0];
  const wish: NewBackfill | null = start && end && chosen ? { schedule: chosen.id, start, end, scope, at_once: atOnce } : null;
  const preview = useBackfillPreview(component, environment.slug, wish);
  const begin = useStartBackfill(component, environment.slug);
  const navigate = useNavigate();
  const errors = formErrors(begin.error ?? preview.error, FIELDS);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    if (!wish) return;
    begin.mutate(wish, {
      onSuccess: (made) => {
        const queued = Object.values(made.counts).reduce((sum, each) => sum + each, 0);
        notifyDone(`${plural(queued, 'execution')} queued.`, { words: 'Show them', to: `${addresses.executions(component)}?backfill=${made.id}`, go: navigate });
        onClose();
      },
    });
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="sm">
        <Text size="sm">Executes what was due in a range that has passed, in order, with what is deployed now. What falls due meanwhile goes first.</Text>
        <Group grow align="start">
          <Select
            label="Environment"
            data={places.map((place, index) => ({ value: String(index), label: place.environment.name }))}
            value={String(at)}
            onChange={(value) => setAt(Number(value))}
            allowDeselect={false}
          />
          {deployment.schedules.length > 1 && (
            <Select
              label="Schedule"
              data={deployment.schedules.map((each) => ({ value: each.id, label: each.words }))}
              value={chosen?.id ?? null}
              onChange={setSchedule}
              allowDeselect={false}
              error={errors.fields['schedule']}
            />
          )}
        </Group>
        <Group grow align="start">
          <TextInput type="datetime-local" label="From" description={`By the clocks of ${zoneName(localZone())}.`} value={from} onChange={(event) => setFrom(event.currentTarget.value)} error={errors.fields['start']} />
          <TextInput type="datetime-local" label="To" description="What is due then is left out." value={to} onChange={(event) => setTo(event.currentTarget.value)} error={errors.fields['end']} />
        </Group>
        <Group grow align="start">
          <Select
            label="Due times"
            data={[
              { value: 'missing', label: 'Those that nothing ran for' },
              { value: 'all', label: 'All of them' },
            ]}
            value={scope}
            onChange={(value) => setScope(value === 'all' ? 'all' : 'missing')}
            allowDeselect={false}
          />
          <NumberInput label="At once" min={1} max={20} value={atOnce} onChange={(value) => setAtOnce(Number(value) || 1)} error={errors.fields['at_once']} />
        </Group>
        <Text size="sm" role="status">
          {preview.data && !preview.error && wish ? <Outlook due={preview.data.due} inRange={preview.data.in_range} /> : errors.rest}
        </Text>
        {wish && (
          <CliHint
            command={`backfill start ${component.project}/${component.component} --environment ${environment.slug} --from ${wish.start} --to ${wish.end}${scope === 'all' ? ' --all' : ''}${atOnce > 1 ? ` --at-once ${atOnce}` : ''}${
              deployment.schedules.length > 1 && chosen ? ` --schedule ${deployment.schedules.indexOf(chosen) + 1}` : ''
            }`}
          />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={begin.isPending} disabled={!preview.data?.due.length}>
            {preview.data?.due.length ? `Execute ${preview.data.due.length}` : 'Execute'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Outlook({ due, inRange }: { due: readonly string[]; inRange: number }) {
  const [first, last] = [due[0], due.at(-1)];
  if (!first || !last) return inRange === 0 ? 'Nothing was due in this range.' : `All ${inRange} due times of this range have been run.`;
  const zone = localZone();
  const which = due.length <= 3 ? due.map((each) => full(each, zone)).join(', ') : `from ${full(first, zone)} to ${full(last, zone)}`;
  return `${due.length} of the ${plural(inRange, 'due time')} in this range: ${which}.`;
}
