import { Tooltip } from '@mantine/core';
import { IconClock, IconHandFinger, IconHistory, IconRepeat, IconStackPush } from '@tabler/icons-react';
import { BUILD_STATUSES, type Look, ORIGINS, type Shape, STATES } from '@/lib/outcome';
import type { BuildStatus, Origin, State } from '@/lib/types';
import classes from './outcome.module.css';

interface GlyphProps {
  shape: Shape;
  colour: string;
  size?: number;
}

/** The mark of an outcome: each has a shape of its own, so that colour is never alone. Decorative: name it beside it. */
export function Glyph({ shape, colour, size = 14 }: GlyphProps) {
  return (
    <svg viewBox="0 0 16 16" width={size} height={size} aria-hidden style={{ color: colour }} className={classes['glyph']}>
      {SHAPES[shape]}
    </svg>
  );
}

const stroke = { fill: 'none', stroke: 'currentColor', strokeWidth: 1.8, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;
const mark = { fill: 'none', stroke: 'var(--ground, var(--surface))', strokeWidth: 1.8, strokeLinecap: 'round', strokeLinejoin: 'round' } as const;

const SHAPES: Readonly<Record<Shape, React.ReactNode>> = {
  disc: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="M5 8.2 7.2 10.4 11 6" {...mark} />
    </>
  ),
  cross: (
    <>
      <rect x="1.2" y="1.2" width="13.6" height="13.6" rx="3" fill="currentColor" />
      <path d="m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2" {...mark} />
    </>
  ),
  hourglass: (
    <>
      <path d="M8 .8 15.4 14.4H.6Z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />
      <path d="M8 6v3.4M8 12v.1" {...mark} />
    </>
  ),
  slash: (
    <>
      <circle cx="8" cy="8" r="6.2" {...stroke} />
      <path d="m4 12 8-8" {...stroke} />
    </>
  ),
  skip: <path d="M3 4.5 7 8l-4 3.5m5-7L12 8l-4 3.5M14 4v8" {...stroke} />,
  gap: <path d="M8 1.6 14.4 8 8 14.4 1.6 8Z" {...stroke} strokeDasharray="2.6 2.2" />,
  question: (
    <>
      <path d="M8 .9 15.1 8 8 15.1.9 8Z" fill="currentColor" stroke="currentColor" strokeLinejoin="round" />
      <path d="M6.4 6.6A1.7 1.7 0 1 1 8 8.6v.5M8 11.3v.1" {...mark} strokeWidth={1.6} />
    </>
  ),
  ring: (
    <>
      <circle cx="8" cy="8" r="6" {...stroke} opacity={0.3} />
      <path d="M8 2a6 6 0 0 1 6 6" {...stroke} className={classes['spin']} />
    </>
  ),
  dots: (
    <>
      <circle cx="3" cy="8" r="1.6" fill="currentColor" />
      <circle cx="8" cy="8" r="1.6" fill="currentColor" />
      <circle cx="13" cy="8" r="1.6" fill="currentColor" />
    </>
  ),
  dotted: <circle cx="8" cy="8" r="6.2" {...stroke} strokeDasharray="1.2 3" />,
};

interface OutcomeProps {
  state: State;
  /** "badge" has a tinted ground, "plain" is mark and word, "mark" is the mark alone with its name for those who hover or listen. */
  as?: 'badge' | 'plain' | 'mark';
}

/** An execution's state. */
export function Outcome({ state, as = 'plain' }: OutcomeProps) {
  return <Named look={STATES[state]} as={as} />;
}

/** A build's state, in the same marks as an execution's. */
export function BuildOutcome({ status, as = 'plain' }: { status: BuildStatus; as?: OutcomeProps['as'] }) {
  return <Named look={BUILD_STATUSES[status]} as={as} />;
}

function Named({ look, as }: { look: Look; as: OutcomeProps['as'] }) {
  if (as === 'mark') {
    return (
      <Tooltip label={look.label}>
        <span role="img" aria-label={look.label} className={classes['mark']}>
          <Glyph shape={look.shape} colour={look.colour} />
        </span>
      </Tooltip>
    );
  }
  return (
    <span className={as === 'badge' ? classes['badge'] : classes['plain']} style={{ '--colour': look.colour } as React.CSSProperties}>
      <Glyph shape={look.shape} colour={look.colour} />
      {look.label}
    </span>
  );
}

const ORIGIN_ICONS = { schedule: IconClock, manual: IconHandFinger, catch_up: IconHistory, again: IconRepeat, backfill: IconStackPush } as const;

/** What started an execution, as an icon with its name. */
export function OriginIcon({ origin }: { origin: Origin }) {
  const Icon = ORIGIN_ICONS[origin];
  return (
    <Tooltip label={ORIGINS[origin]}>
      <span role="img" aria-label={ORIGINS[origin]} className={classes['mark']}>
        <Icon size={15} stroke={1.7} aria-hidden />
      </span>
    </Tooltip>
  );
}
