import { IconPlus } from '@tabler/icons-react';
import type { Layout, Link } from '@/flow/layout';
import { keyOf } from '@/flow/model';
import type { Slot } from '@/flow/steps';
import { lineOf, titleOf } from '@/flow/words';
import classes from './flow.module.css';

interface PlusesProps {
  made: Layout;
  onInsert: (slot: Slot) => void;
  /** Without a step to come from, Tab comes to them. */
  isTabStop: boolean;
}

/** A plus wherever a step can be put in. By keyboard, `+` on a step does the same. */
export function Pluses({ made, onInsert, isTabStop }: PlusesProps) {
  return (
    <div className={classes['pluses']}>
      {made.links.map(({ slot, slotAt }, index) =>
        slot ? (
          <button
            key={index}
            type="button"
            className={`${classes['plus'] ?? ''} nopan`}
            style={{ left: slotAt.x, top: slotAt.y }}
            data-plus
            tabIndex={isTabStop ? 0 : -1}
            aria-label={nameOf(made, slot)}
            onClick={() => onInsert(slot)}
          >
            <IconPlus size={12} stroke={2.4} aria-hidden />
          </button>
        ) : null,
      )}
    </div>
  );
}

/** The plus of a place, as it is called: by the step that it is above. */
function nameOf(made: Layout, { block, index }: Slot): string {
  const key = keyOf([...block, index]);
  const next = made.steps.find((step) => keyOf(step.node.path) === key)?.node;
  return next ? `Insert above ${titleOf(next)} ${lineOf(next)}`.trim() : 'Insert at the end';
}

/** What is drawn between and around steps; their order is read from the steps themselves. */
export function Ways({ made }: { made: Layout }) {
  return (
    <div aria-hidden className={classes['ways']}>
      <svg width="1" height="1">
        <defs>
          <marker id="flow-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path d="M0 0.5 L7 4 L0 7.5 z" />
          </marker>
        </defs>
        {made.frames.map((frame) => (
          <rect key={`${frame.x} ${frame.y}`} className={classes['frame']} rx={8} x={frame.x} y={frame.y} width={frame.width} height={frame.height} />
        ))}
        {made.links.map((link, index) => (
          <path key={index} d={rounded(link)} {...(link.hasArrow && { markerEnd: 'url(#flow-arrow)' })} />
        ))}
        {made.dots.map((dot) => (
          <circle key={`${dot.x} ${dot.y}`} className={classes['dot']} cx={dot.x} cy={dot.y} r={4} />
        ))}
      </svg>
      {made.links.map((link, index) => link.label && <span key={index} className={classes['way']} style={{ left: link.labelAt.x, top: link.labelAt.y }}>{link.label}</span>)}
      {made.ends.map((end, index) => (
        <span key={index} className={classes['end']} style={{ left: end.x, top: end.y, width: end.width, height: end.height }}>
          {end.label}
        </span>
      ))}
    </div>
  );
}

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
