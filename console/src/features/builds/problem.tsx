import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import { addresses } from '@/lib/addresses';
import type { ComponentRef, Problem as ProblemValue } from '@/lib/types';
import { TextLink } from '@/ui/link';
import classes from './problem.module.css';

interface ProblemProps {
  component: ComponentRef;
  problem: ProblemValue;
  /** Whether somebody wanted it so, and nothing went wrong. */
  isWanted: boolean;
}

/** Why a build did not succeed, with the line that explains it, always in sight above the log. */
export function Problem({ component, problem, isWanted }: ProblemProps) {
  const { message, path, line, excerpt } = problem;
  const Icon = isWanted ? IconInfoCircle : IconAlertTriangle;
  const place = path && (line ? `${path}:${line}` : path);
  return (
    <section className={classes['problem']} data-wanted={isWanted || undefined} aria-label={isWanted ? 'What became of it' : 'Problem'}>
      <div className={classes['head']}>
        <Icon size={16} stroke={1.9} aria-hidden className={classes['mark']} />
        <p className={classes['message']}>{message}</p>
        {path && (
          <TextLink to={`${addresses.develop(component)}?${new URLSearchParams({ file: path, ...(line && { line: String(line) }) })}`}>
            <span className="mono">{place}</span>
          </TextLink>
        )}
      </div>
      {excerpt && (
        <pre className={classes['excerpt']} tabIndex={0} aria-label={place ? `The line at ${place}` : 'The line'}>
          {numbered(excerpt, line)}
        </pre>
      )}
    </section>
  );
}

/** The line's number before its text; the caret below stays under what it points at. */
function numbered(excerpt: string, line: number | null): string {
  if (line === null) return excerpt;
  const label = `${line} │ `;
  return excerpt
    .split('\n')
    .map((text, index) => (index === 0 ? label : `${' '.repeat(label.length - 2)}│ `) + text)
    .join('\n');
}
