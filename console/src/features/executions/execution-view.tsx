import { addresses } from '@/lib/addresses';
import { isActive, isEnded } from '@/lib/outcome';
import { duration, full, localZone } from '@/lib/time';
import type { ExecutionDetail } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { LinkButton, TextLink } from '@/ui/link';
import { Outcome } from '@/ui/outcome';
import { Page, Panel, Section } from '@/ui/page';
import { Duration, Time } from '@/ui/time';
import { AgainButton } from './again-button';
import { Attempts } from './attempts';
import { BesideSuccess } from './beside-success';
import { ExecutionFacts } from './execution-facts';
import classes from './execution-view.module.css';
import { LogViewer } from './log/log-viewer';
import { PhaseLine } from './phase-line';
import { StopButton } from './stop-button';

interface ExecutionViewProps {
  execution: ExecutionDetail;
  /** What was deployed otherwise between two deployments, by their numbers. */
  deployed: (before: number, after: number) => React.ReactNode;
  /** What keeps it from starting, and the way out. */
  note: React.ReactNode;
}

/** One execution: what became of it and why, where its time went, its facts and its log. */
export function ExecutionView({ execution, deployed, note }: ExecutionViewProps) {
  const ran = execution.claimed_at !== null || isActive(execution.state);
  return (
    <Page
      title={`Execution of ${full(execution.due_at, localZone())}`}
      lead={
        <span className={classes['lead']}>
          <Outcome state={execution.state} as="badge" />
          <span>{sentence(execution)}</span>
        </span>
      }
      actions={
        <>
          <CliHint command={`${isActive(execution.state) ? 'logs --follow' : 'logs'} ${execution.id}`} />
          {execution.reason?.code === 'exit_code' && (
            <LinkButton to={addresses.debug(execution, execution.build, execution.id)} variant="default">
              Open in editor
            </LinkButton>
          )}
          {isActive(execution.state) ? <StopButton execution={execution} /> : isEnded(execution.state) && <AgainButton execution={execution} />}
        </>
      }
      wide
    >
      {execution.state === 'queued' && note}
      <PhaseLine execution={execution} />
      <div className={classes['columns']}>
        <div className={classes['log']}>
          <Section title="Log">
            {ran ? (
              <LogViewer key={execution.id} execution={execution} />
            ) : (
              <Panel>
                <span className={classes['soft']}>It never started, so it wrote nothing.</span>
              </Panel>
            )}
          </Section>
        </div>
        <div className={classes['side']}>
          {(execution.attempts.length > 0 || execution.attempt > 1) && (
            <Section title="Attempts">
              <Panel>
                <Attempts execution={execution} />
              </Panel>
            </Section>
          )}
          <BesideSuccess execution={execution} deployed={deployed} />
          <Section title="Facts" aside={<TextLink to={`${addresses.executions(execution)}?environment=${execution.environment}`}>{`All in ${execution.environment}`}</TextLink>}>
            <Panel>
              <ExecutionFacts execution={execution} />
            </Panel>
          </Section>
        </div>
      </div>
    </Page>
  );
}

function sentence(execution: ExecutionDetail): React.ReactNode {
  if (execution.stop_requested_by && isActive(execution.state)) return `${execution.stop_requested_by} asked for it to be stopped; it is ending.`;
  if (execution.reason) return execution.reason.sentence;
  if (execution.state === 'started' && execution.started_at) return <>It has been running for <Duration since={execution.started_at} />.</>;
  if (execution.state === 'queued') return execution.attempt > 1 ? `Attempt ${execution.attempt} waits for its turn.` : 'It waits for a worker.';
  if (execution.finished_at === null) return null;
  return <>It took {duration(execution.duration_s ?? 0)} and ended <Time at={execution.finished_at} />.</>;
}
