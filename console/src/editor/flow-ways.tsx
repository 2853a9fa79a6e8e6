import { IconPlus } from '@tabler/icons-react';
import { memo, useMemo } from 'react';
import { areSameWays, type Layout, type Link, type Point, type Ways as WaysOf, waysIn } from '@/flow/layout';
import { keyOf } from '@/flow/model';
import type { Slot } from '@/flow/steps';
import { lineOf, titleOf } from '@/flow/words';
import classes from './flow.module.css';
import { useAlike } from './use-alike';
import { useNear } from './use-near';

interface BetweenProps {
  made: Layout;
  /** Null where nothing is edited. */
  onInsert: ((slot: Slot) => void) | null;
  /** Only what is in view or near it is drawn. */
  isLong: boolean;
}

/** What is between steps: ways, their words, and a plus wherever a step can be put in. */
export const Between = memo(function Between({ made, onInsert, isLong }: BetweenProps) {
  const near = useNear(isLong);
  const all = useAlike<WaysOf>(made, areSameWays);
  const ways = useMemo(() => (near === null ? all : waysIn(all, near)), [all, near]);
  return (
    <>
      <Ways ways={ways} />
      {onInsert && <Pluses ways={ways} steps={made.steps} onInsert={onInsert} />}
    </>
  );
});

interface PlusesProps {
  ways: WaysOf;
  steps: Layout['steps'];
  onInsert: (slot: Slot) => void;
}

/** A plus wherever a step can be put in. By keyboard, `+` on a step does the same. */
function Pluses({ ways, steps, onInsert }: PlusesProps) {
  const names = new Map(steps.map(({ node }) => [keyOf(node.path), `Insert above ${titleOf(node)} ${lineOf(node)}`.trim()]));
  return (
    <div className={classes['pluses']}>
      {ways.links.map(({ slot, slotAt }) =>
        slot ? (
          <Plus
            key={keyOf([...slot.block, slot.index])}
            slot={slot}
            at={slotAt}
            // As it is called: by the step that it is above.
            name={names.get(keyOf([...slot.block, slot.index])) ?? 'Insert at the end'}
            isOnly={steps.length === 0}
            onInsert={onInsert}
          />
        ) : null,
      )}
    </div>
  );
}

interface PlusProps {
  slot: Slot;
  at: Point;
  name: string;
  /** There is no step to come from: Tab comes to it. */
  isOnly: boolean;
  onInsert: (slot: Slot) => void;
}

const Plus = memo(function Plus({ slot, at, name, isOnly, onInsert }: PlusProps) {
  return (
    <button type="button" className={`${classes['plus'] ?? ''} nopan`} style={{ left: at.x, top: at.y }} data-plus tabIndex={isOnly ? 0 : -1} aria-label={name} onClick={() => onInsert(slot)}>
      <IconPlus size={12} stroke={2.4} aria-hidden />
    </button>
  );
});

/** What is drawn between and around steps; their order is read from the steps themselves. */
const Ways = memo(function Ways({ ways }: { ways: WaysOf }) {
  return (
    <div aria-hidden className={classes['ways']}>
      <svg width="1" height="1">
        <defs>
          <marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0.5 L7 4 L0 7.5 z" />
          </marker>
        </defs>
        {ways.frames.map((frame) => (
          <rect key={`${frame.x} ${frame.y}`} className={classes['frame']} rx={8} x={frame.x} y={frame.y} width={frame.width} height={frame.height} />
        ))}
        {ways.links.map((link, index) => (
          <path key={index} d={rounded(link)} {...(link.hasArrow && { markerEnd: 'url(#flow-arrow)' })} />
        ))}
        {ways.dots.map((dot) => (
          <circle key={`${dot.x} ${dot.y}`} className={classes['dot']} cx={dot.x} cy={dot.y} r={4} />
        ))}
      </svg>
      {ways.links.map((link, index) => link.label && <span key={index} className={classes['way']} style={{ left: link.labelAt.x, top: link.labelAt.y }}>{link.label}</span>)}
      {ways.ends.map((end, index) => (
        <span key={index} className={classes['end']} style={{ left: end.x, top: end.y, width: end.width, height: end.height }}>
          <span title={end.label}>{end.label}</span>
        </span>
      ))}
    </div>
  );
});

const CORNER = 6;

/** A way with round corners; its parts are level or upright. */
function rounded({ points }: Link): string {
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const after = points[index + 1];
      if (!before) return `M${point.x} ${point.y}`;
      if (!after) return `L${point.x} ${point.y}`;
      const turn = (other: typeof point) => {
        const dx = Math.sign(other.x - point.x) * Math.min(CORNER, Math.abs(other.x - point.x) / 2);
        const dy = Math.sign(other.y - point.y) * Math.min(CORNER, Math.abs(other.y - point.y) / 2);
        return `${point.x + dx} ${point.y + dy}`;
      };
      return `L${turn(before)} Q${point.x} ${point.y} ${turn(after)}`;
    })
    .join(' ');
}
