import { useQuery } from '@tanstack/react-query';
import { addresses } from '@/lib/addresses';
import { isEnded } from '@/lib/outcome';
import { distance, secondsBetween } from '@/lib/time';
import type { Execution, LogLine } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { Panel, Section } from '@/ui/page';
import { Async, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { logPage, useLastSuccess } from './api';
import classes from './beside-success.module.css';
import { apart, partingOf, type Parting } from './comparison';
import { shownText } from './log/lines';

/** How many lines of each log are compared. */
const LINES = 1000;

interface BesideSuccessProps {
  execution: Execution;
  /** What else was deployed since: given the numbers of both deployments. */
  deployed: (before: number, after: number) => React.ReactNode;
}

/** What did not succeed, beside the last execution there that did; nothing for what never ran. */
export function BesideSuccess({ execution, deployed }: BesideSuccessProps) {
  if (!isEnded(execution.state) || execution.state === 'succeeded' || execution.started_at === null) return null;
  return (
    <Section title="Beside the last success">
      <Panel>
        <Compared execution={execution} deployed={deployed} />
      </Panel>
    </Section>
  );
}

function Compared({ execution, deployed }: BesideSuccessProps) {
  const query = useLastSuccess(execution);
  return (
    <Async query={query} loading={<Loading lines={3} height={14} />} failed="The last success could not be loaded.">
      {(success) =>
        success === null ? (
          <p className={classes['soft']}>Nothing succeeded in {execution.environment} before it.</p>
        ) : (
          <div className={classes['compared']}>
            <p className={classes['head']}>
              <TextLink to={addresses.execution(success, success.id)}>
                <Time at={success.due_at} as="clock" />
              </TextLink>
              , {distance(secondsBetween(success.due_at, execution.due_at))} before
            </p>
            <Rows before={success} after={execution} />
            {success.deployment !== execution.deployment && deployed(success.deployment, execution.deployment)}
            <Logs before={success} after={execution} />
          </div>
        )
      }
    </Async>
  );
}

interface Pair {
  before: Execution;
  after: Execution;
}

function Rows({ before, after }: Pair) {
  const rows = apart(before, after);
  return (
    <>
      <dl className={classes['rows']}>
        {rows.map(({ name, before: was, after: is }) => (
          <div key={name} className={classes['row']}>
            <dt>{name}</dt>
            <dd className="number">
              {is} <span className={classes['soft']}>instead of {was}</span>
            </dd>
          </div>
        ))}
      </dl>
      {rows.length === 1 && <p className={classes['soft']}>The same build, deployment and values.</p>}
    </>
  );
}

function Logs({ before, after }: Pair) {
  const query = useQuery({
    queryKey: ['log-parting', before.id, after.id],
    queryFn: async () => {
      const [one, other] = await Promise.all([logPage(before.id, 0, LINES), logPage(after.id, 0, LINES)]);
      return partingOf(one.lines, other.lines, !one.more && !other.more);
    },
    staleTime: Infinity,
  });
  if (query.data === undefined) return null;
  return query.data === null ? <p className={classes['soft']}>Both logs say the same, apart from numbers.</p> : <Parted parting={query.data} before={before} />;
}

function Parted({ parting, before }: { parting: Parting; before: Execution }) {
  return (
    <div>
      <p className={classes['head']}>The logs part here:</p>
      <Line line={parting.after} to={(seq) => ({ hash: `#L${seq}` })} over="This one says no more." mark="this" />
      <Line line={parting.before} to={(seq) => `${addresses.execution(before, before.id)}#L${seq}`} over="The success said no more." mark="then" />
    </div>
  );
}

interface LineProps {
  line: LogLine | null;
  to: (seq: number) => React.ComponentProps<typeof TextLink>['to'];
  /** What to say when the log was over. */
  over: string;
  mark: 'this' | 'then';
}

function Line({ line, to, over, mark }: LineProps) {
  return (
    <p className={classes['line']} data-mark={mark}>
      {line ? (
        <>
          <TextLink to={to(line.seq)}>{mark === 'this' ? `line ${line.seq}` : `then, ${line.seq}`}</TextLink> <span className="mono">{shownText(line)}</span>
        </>
      ) : (
        over
      )}
    </p>
  );
}
