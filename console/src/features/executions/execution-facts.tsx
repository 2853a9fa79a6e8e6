import { addresses } from '@/lib/addresses';
import { bytes } from '@/lib/format';
import { isActive, ORIGINS } from '@/lib/outcome';
import { duration, localZone } from '@/lib/time';
import type { Execution } from '@/lib/types';
import { Sha } from '@/ui/commit';
import { Facts } from '@/ui/facts';
import { TextLink } from '@/ui/link';
import { OriginIcon } from '@/ui/outcome';
import { Time } from '@/ui/time';
import classes from './execution-view.module.css';

/** Where it ran, what of, for whom, and what it took. */
export function ExecutionFacts({ execution }: { execution: Execution }) {
  return (
    <Facts
      facts={[
        ['Environment', execution.environment],
        ...(execution.ran_on ? ([[isActive(execution.state) ? 'Runs on' : 'Ran on', execution.ran_on]] as const) : []),
        ['Deployment', <TextLink to={addresses.deploy(execution)}>{`#${execution.deployment}`}</TextLink>],
        ['Build', <TextLink to={addresses.build(execution, execution.build)}>{`#${execution.build}`}</TextLink>],
        ['Commit', <Sha sha={execution.commit} />],
        [
          'Origin',
          <span className={classes['origin']}>
            <OriginIcon origin={execution.origin} /> {ORIGINS[execution.origin]}
          </span>,
        ],
        ...(execution.requested_by ? ([['Requested by', execution.requested_by]] as const) : []),
        ...(execution.backfill ? ([['Backfill', <TextLink to={`${addresses.executions(execution)}?backfill=${execution.backfill}`}>all of it</TextLink>]] as const) : []),
        ...(execution.repeats ? ([['Repeats', <TextLink to={addresses.execution(execution, execution.repeats)}>an earlier one</TextLink>]] as const) : []),
        ...Object.entries(execution.arguments).map(([name, value]) => [`With ${name}`, <code className="mono">{wordsOf(value)}</code>] as const),
        ['Due', <Time at={execution.due_at} as="full" />],
        ...(localZone() === 'UTC' ? [] : ([['Due in UTC', <Time at={execution.due_at} zone="UTC" as="full" />]] as const)),
        ['Ended with', <span className="number">{endOf(execution)}</span>],
        ['Processor time', <span className="number">{execution.cpu_s === null ? '–' : duration(execution.cpu_s)}</span>],
        ['Peak memory', <span className="number">{execution.peak_bytes === null ? '–' : bytes(execution.peak_bytes)}</span>],
        ['Identifier', <code className="mono">{execution.id}</code>],
      ]}
    />
  );
}

const wordsOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const SIGNALS: Readonly<Record<number, string>> = { 1: 'SIGHUP', 2: 'SIGINT', 3: 'SIGQUIT', 6: 'SIGABRT', 7: 'SIGBUS', 8: 'SIGFPE', 9: 'SIGKILL', 11: 'SIGSEGV', 13: 'SIGPIPE', 14: 'SIGALRM', 15: 'SIGTERM' };

/** "exit code 1", "signal 9 (SIGKILL)" */
function endOf({ exit_code, signal }: Execution): string {
  if (signal !== null) return `signal ${signal}${SIGNALS[signal] ? ` (${SIGNALS[signal]})` : ''}`;
  return exit_code === null ? '–' : `exit code ${exit_code}`;
}
