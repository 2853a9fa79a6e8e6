import { Button, Progress } from '@mantine/core';
import { addresses } from '@/lib/addresses';
import { STATES } from '@/lib/outcome';
import { full, localZone } from '@/lib/time';
import type { Backfill, ComponentRef, State } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Panel, Section } from '@/ui/page';
import { useBackfills, useCancelBackfill } from './api';
import classes from './backfill-list.module.css';

/** The backfills that go on, each with how far it is; nothing where there is none. */
export function OpenBackfills({ component }: { component: ComponentRef }) {
  const backfills = useBackfills(component);
  const open = (backfills.data ?? []).filter((each) => each.is_open);
  if (open.length === 0) return null;
  return (
    <Section title="Backfills">
      <Panel>
        <ul className={classes['list']}>
          {open.map((backfill) => (
            <Row key={backfill.id} component={component} backfill={backfill} />
          ))}
        </ul>
      </Panel>
    </Section>
  );
}

function Row({ component, backfill }: { component: ComponentRef; backfill: Backfill }) {
  const cancel = useCancelBackfill(component);
  const counts = Object.entries(backfill.counts) as [State, number][];
  const whole = counts.reduce((sum, [, count]) => sum + count, 0);
  const done = whole - (backfill.counts.queued ?? 0) - (backfill.counts.started ?? 0);
  const zone = localZone();
  const range = `${full(backfill.start, zone)} to ${full(backfill.end, zone)}`;
  const click = () =>
    cancel.mutate(backfill.id, {
      onSuccess: () => notifyDone('The backfill is cancelled.'),
      onError: (error) => notifyFailed('The backfill could not be cancelled.', error),
    });
  return (
    <li className={classes['row']}>
      <span className={classes['what']}>
        <TextLink to={`${addresses.executions(component)}?backfill=${backfill.id}`}>{range}</TextLink>
        <span className={classes['soft']}>
          {backfill.environment}, by {backfill.requested_by}: {counts.map(([state, count]) => `${count} ${STATES[state].label.toLowerCase()}`).join(', ')}
        </span>
      </span>
      <Progress value={(100 * done) / Math.max(whole, 1)} className={classes['bar'] ?? ''} aria-label={`${done} of ${whole} executions are over`} />
      <span className="number">
        {done} of {whole}
      </span>
      <May do="operate" project={component.project} environment={{ slug: backfill.environment, name: backfill.environment }}>
        <Button variant="default" size="compact-sm" onClick={click} loading={cancel.isPending} disabled={backfill.cancelled_by !== null}>
          {backfill.cancelled_by === null ? 'Cancel' : 'Stopping …'}
        </Button>
      </May>
    </li>
  );
}
