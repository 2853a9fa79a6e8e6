import { IconClock, IconHandFinger, IconHistory, IconRepeat, IconStackPush } from '@tabler/icons-react';
import { memo } from 'react';
import { Link, useNavigate } from 'react-router';
import { isActive, isEnded, ORIGINS } from '@/lib/outcome';
import { clock, day, duration } from '@/lib/time';
import type { Execution, Origin } from '@/lib/types';
import { useNow } from '@/ui/now';
import { Outcome } from '@/ui/outcome';
import { Duration } from '@/ui/time';
import classes from './table.module.css';
import { everyZone, startDelay } from './words';

interface RowProps {
  execution: Execution;
  to: string;
  named: boolean;
  /** Shows where it ran. */
  placed: boolean;
  /** In which its times are told; finding out the reader's own is too slow to be done by each row. */
  zone: string;
  /** Its place in the whole table, counted from 1, the header included. */
  position: number;
  fresh: boolean;
}

/** One execution; the whole row leads to its page. Plain titles instead of tooltips: rows come by the hundred while scrolling. */
export const Row = memo(function Row({ execution, to, named, placed, zone, position, fresh }: RowProps) {
  const navigate = useNavigate();
  const delay = startDelay(execution);
  const open = (event: React.MouseEvent) => {
    const onControl = (event.target as Element).closest('a') !== null;
    if (onControl || event.button !== 0 || window.getSelection()?.toString()) return;
    if (event.metaKey || event.ctrlKey) window.open(to, '_blank');
    else void navigate(to);
  };
  return (
    <tr className={classes['row']} aria-rowindex={position} data-fresh={fresh || undefined} onClick={open}>
      <td className={classes['outcome']}>
        <Link to={to} className={classes['link']}>
          <Outcome state={execution.state} />
        </Link>
      </td>
      <td className={classes['origin']}>
        <OriginMark origin={execution.origin} />
      </td>
      {named && (
        <td className={classes['component']} title={`${execution.project} / ${execution.component}`}>
          <span className={classes['project']}>{execution.project} / </span>
          {execution.component}
        </td>
      )}
      <td className={classes['environment']} title={execution.ran_on ? `Ran on ${execution.ran_on}` : undefined}>
        {execution.environment}
      </td>
      {placed && (
        <td className={classes['place']} title={execution.ran_on ?? undefined}>
          {execution.ran_on ?? <None />}
        </td>
      )}
      <td className={classes['due']}>
        <time dateTime={execution.due_at} onPointerEnter={tellingZones(execution.due_at)}>
          <Due at={execution.due_at} zone={zone} />
        </time>
      </td>
      <td className={classes['numeric']} onPointerEnter={execution.started_at ? tellingZones(execution.started_at) : undefined}>
        {delay === null ? <None /> : `${delay < 0 ? '' : '+'}${duration(delay)}`}
      </td>
      <td className={classes['numeric']}>
        {execution.duration_s !== null ? (
          duration(execution.duration_s)
        ) : isActive(execution.state) && execution.started_at ? (
          <Duration since={execution.started_at} />
        ) : (
          <None />
        )}
      </td>
      <td className={classes['attempt']}>{execution.claimed_at === null && isEnded(execution.state) ? <None /> : execution.attempt}</td>
      <td className={classes['reason']} title={execution.reason?.sentence}>
        {execution.reason?.sentence}
      </td>
    </tr>
  );
});

/** Says the instant in every zone as a title, found out when it is hovered: formatting is what scrolling would wait for. */
const tellingZones = (at: string) => (event: React.PointerEvent<HTMLElement>) => {
  event.currentTarget.title = everyZone(at);
};

function Due({ at, zone }: { at: string; zone: string }) {
  const today = day(at, zone) === day(useNow(60_000), zone);
  return (
    <>
      {!today && <span className={classes['day']}>{day(at, zone)} </span>}
      {clock(at, zone, { seconds: true })}
    </>
  );
}

function None() {
  return <span className={classes['none']}>–</span>;
}

const ICONS = { schedule: IconClock, manual: IconHandFinger, catch_up: IconHistory, again: IconRepeat, backfill: IconStackPush } as const;

function OriginMark({ origin }: { origin: Origin }) {
  const Icon = ICONS[origin];
  return (
    <span role="img" aria-label={ORIGINS[origin]} title={ORIGINS[origin]}>
      <Icon size={15} stroke={1.7} aria-hidden />
    </span>
  );
}
