import { Tooltip } from '@mantine/core';
import { Link } from 'react-router';
import { STATES } from '@/lib/outcome';
import { duration, full, localZone } from '@/lib/time';
import type { Execution } from '@/lib/types';
import { Glyph } from './outcome';
import classes from './strip.module.css';

interface StripProps {
  /** Oldest first. */
  executions: readonly Execution[];
  /** The address of an execution's page; without it, cells are not links. */
  to?: (execution: Execution) => string;
  /** How many cells it has room for. */
  slots?: number;
  /** Draws the cells that are not there yet. */
  padded?: boolean;
  size?: 'sm' | 'md';
  label: string;
}

/** A cell per execution, oldest left: colour and shape by outcome, the reason on hover, its page on a click. */
export function Strip({ executions, to, slots = 20, padded = true, size = 'md', label }: StripProps) {
  const shown = executions.slice(-slots);
  const empty = padded ? Math.max(0, slots - shown.length) : 0;
  return (
    <ol className={classes['strip']} data-size={size} aria-label={label} onKeyDown={walk}>
      {Array.from({ length: empty }, (_, index) => (
        <li key={`empty-${index}`} className={classes['empty']} aria-hidden />
      ))}
      {shown.map((execution, index) => (
        <li key={execution.id}>
          <Cell execution={execution} to={to?.(execution)} stop={index === shown.length - 1} />
        </li>
      ))}
    </ol>
  );
}

/** One stop of the Tab key for the whole strip: the arrows walk along its cells. */
function walk(event: React.KeyboardEvent<HTMLOListElement>): void {
  const links = [...event.currentTarget.querySelectorAll('a')];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  links[Math.max(0, Math.min(links.length - 1, next))]?.focus();
}

function Cell({ execution, to, stop }: { execution: Execution; to: string | undefined; stop: boolean }) {
  const look = STATES[execution.state];
  const spoken = `${look.label}, due ${full(execution.due_at, localZone())}${execution.reason ? `: ${execution.reason.sentence}` : ''}`;
  const cell = <span className={classes['cell']} data-state={execution.state} style={{ '--colour': look.colour } as React.CSSProperties} />;
  return (
    <Tooltip label={<About execution={execution} />} openDelay={60}>
      {to ? (
        <Link to={to} aria-label={spoken} className={classes['link']} tabIndex={stop ? 0 : -1}>
          {cell}
        </Link>
      ) : (
        <span role="img" aria-label={spoken} className={classes['link']}>
          {cell}
        </span>
      )}
    </Tooltip>
  );
}

function About({ execution }: { execution: Execution }) {
  const look = STATES[execution.state];
  return (
    <span className={classes['about']}>
      <span className={classes['title']}>
        <Glyph shape={look.shape} colour="currentColor" />
        {look.label}
        {execution.duration_s !== null && ` in ${duration(execution.duration_s)}`}
      </span>
      <span>{full(execution.due_at, localZone())}</span>
      {execution.reason && <span>{execution.reason.sentence}</span>}
    </span>
  );
}
