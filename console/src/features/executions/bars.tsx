import { useElementSize } from '@mantine/hooks';
import { memo, useState } from 'react';
import { Link } from 'react-router';
import { isActive, STATES } from '@/lib/outcome';
import { clock, day, duration, full, localZone, secondsBetween } from '@/lib/time';
import type { Execution } from '@/lib/types';
import { useNow } from '@/ui/now';
import { Glyph } from '@/ui/outcome';
import classes from './bars.module.css';
import { scaleFor, share } from './bars-scale';
import { sentenceOf } from './words';

interface BarsProps {
  /** Newest first, as lists have them. */
  executions: readonly Execution[];
  to: (execution: Execution) => string;
}

const NARROWEST = 8;
const WIDEST = 16;

const MOST = 240;

/** A bar per execution, newest right: as high as it took long, coloured and patterned by its outcome. */
export const Bars = memo(Plot, (before, after) => {
  // Older pages that are added to the list change nothing here.
  const same = (_: unknown, index: number) => before.executions[index] === after.executions[index];
  return before.to === after.to && Array.from({ length: MOST }).every(same);
});

function Plot({ executions, to }: BarsProps) {
  const { ref, width } = useElementSize();
  const room = Math.min(MOST, Math.max(1, Math.floor((width || 800) / NARROWEST)));
  const shown = executions.slice(0, room).reverse();
  const pitch = Math.min(WIDEST, Math.max(NARROWEST, (width || 800) / Math.max(1, shown.length)));
  const [hovered, setHovered] = useState<string | null>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const now = useNow(shown.some((each) => isActive(each.state)) ? 1000 : 60_000);
  const took = (each: Execution) => each.duration_s ?? (each.started_at && isActive(each.state) ? Math.max(0, secondsBetween(each.started_at, now)) : 0);
  const { top, ticks } = scaleFor(Math.max(0.05, ...shown.map(took)));
  const told = shown.findIndex((each) => each.id === (hovered ?? focused));
  const entry = shown.some((each) => each.id === focused) ? focused : shown.at(-1)?.id;

  return (
    <figure className={classes['figure']}>
      <figcaption className={classes['caption']}>
        <span>{shown.length === 1 ? 'Duration of the only one' : `Duration of the last ${shown.length}`}</span>
        <span className="number">{spanOf(shown)}</span>
      </figcaption>
      <div className={classes['plot']}>
        <div className={classes['lines']} aria-hidden>
          {ticks.map((tick) => (
            <span key={tick} className={classes['line']} style={{ bottom: `${share(tick, top) * 100}%` }}>
              <span className={classes['tick']}>{duration(tick)}</span>
            </span>
          ))}
        </div>
        <div className={classes['stage']} ref={ref}>
          <ol
            className={classes['bars']}
            aria-label="The last executions, oldest first"
            style={{ '--pitch': `${pitch}px` } as React.CSSProperties}
            onKeyDown={step}
            onPointerLeave={() => setHovered(null)}
            onBlur={() => setFocused(null)}
          >
            {shown.map((each) => (
              <li key={each.id}>
                <Link
                  to={to(each)}
                  className={classes['link']}
                  aria-label={sentenceOf(each)}
                  // One stop for the Tab key; the arrow keys go from bar to bar.
                  tabIndex={each.id === entry ? 0 : -1}
                  onPointerEnter={() => setHovered(each.id)}
                  onFocus={() => setFocused(each.id)}
                >
                  <span
                    className={classes['bar']}
                    data-state={each.state}
                    style={{ '--colour': STATES[each.state].colour, '--share': share(took(each), top) } as React.CSSProperties}
                  />
                </Link>
              </li>
            ))}
          </ol>
          {told >= 0 && shown[told] && (
            <About execution={shown[told]} at={width - (shown.length - told - 0.5) * pitch} width={width} />
          )}
        </div>
      </div>
    </figure>
  );
}

function spanOf(shown: readonly Execution[]): string {
  const [oldest, newest] = [shown[0], shown.at(-1)];
  if (!oldest || !newest) return '';
  const zone = localZone();
  const from = `${day(oldest.due_at, zone)} ${clock(oldest.due_at, zone)}`;
  const until = day(oldest.due_at, zone) === day(newest.due_at, zone) ? '' : `${day(newest.due_at, zone)} `;
  return `${from} – ${until}${clock(newest.due_at, zone)}`;
}

function step(event: React.KeyboardEvent<HTMLOListElement>) {
  const links = [...event.currentTarget.querySelectorAll('a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  links[Math.min(links.length - 1, Math.max(0, next))]?.focus();
}

const ABOUT_WIDTH = 264;

function About({ execution, at, width }: { execution: Execution; at: number; width: number }) {
  const look = STATES[execution.state];
  const left = Math.max(0, Math.min(width - ABOUT_WIDTH, at - ABOUT_WIDTH / 2));
  return (
    <div className={classes['about']} style={{ left, width: ABOUT_WIDTH }} aria-hidden>
      <span className={classes['title']}>
        <Glyph shape={look.shape} colour={look.colour} />
        {look.label}
        {execution.duration_s !== null && ` in ${duration(execution.duration_s)}`}
      </span>
      <span className="number">{full(execution.due_at, localZone())}</span>
      <span className={classes['place']}>{execution.environment}{execution.ran_on && ` on ${execution.ran_on}`}</span>
      {execution.reason && <span className={classes['why']}>{execution.reason.sentence}</span>}
    </div>
  );
}
