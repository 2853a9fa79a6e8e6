import classes from './mapper.module.css';
import type { Line } from './rows';
import { ROW_PX } from './tree';

interface LinesProps {
  lines: readonly Line[];
  /** The target whose line stands out. */
  chosen: string | null;
  rows: number;
}

const WIDTH = 120;

/** The links, from the middle of a row at the left to that of one at the right. */
export function Lines({ lines, chosen, rows }: LinesProps) {
  return (
    <svg className={classes['lines']} width={WIDTH} height={rows * ROW_PX} viewBox={`0 0 ${WIDTH} ${Math.max(1, rows) * ROW_PX}`} aria-hidden>
      {lines.map((line) => {
        const [from, to] = [middle(line.from), middle(line.to)];
        return (
          <g key={line.key} data-chosen={line.key === chosen || undefined} data-near={line.isNear || undefined}>
            <path d={`M 0 ${from} C ${WIDTH / 2} ${from}, ${WIDTH / 2} ${to}, ${WIDTH} ${to}`} />
            <circle cx={2} cy={from} r={3} />
            <circle cx={WIDTH - 2} cy={to} r={3} />
          </g>
        );
      })}
    </svg>
  );
}

const middle = (row: number): number => row * ROW_PX + ROW_PX / 2;
