import { Tooltip } from '@mantine/core';
import { IconCircleDashed, IconHandFinger, IconHourglassOff, IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { addresses } from '@/lib/addresses';
import { count, plural } from '@/lib/format';
import { duration } from '@/lib/time';
import type { Card, ComponentRef, Deployment, Schedule, Setting } from '@/lib/types';
import { Commit } from '@/ui/commit';
import { Facts } from '@/ui/facts';
import { TextLink } from '@/ui/link';
import { Outcome } from '@/ui/outcome';
import { Strip } from '@/ui/strip';
import { Countdown, Time } from '@/ui/time';
import classes from './card.module.css';
import { changesBetween, planOf, policyWords, retryWords, timeOutWords } from './changes';
import { lacking } from './wish';

/** A build that could come here next. */
export interface Candidate {
  build: number;
  settings: readonly Setting[];
}

interface EnvironmentCardProps {
  component: ComponentRef;
  card: Card;
  /** The environment to the left, when something is deployed there. */
  from: Card['environment'] | undefined;
  /** The environment to the right. */
  next: Card | undefined;
  candidate: Candidate | null;
  /** What keeps what falls due here from starting, if anything does. */
  note: React.ReactNode;
  /** Buttons for what can be done here. */
  actions: React.ReactNode;
}

/** What runs in one environment, when it is due next, and how it has been going. */
export function EnvironmentCard({ component, card, from, next, candidate, note, actions }: EnvironmentCardProps) {
  const { environment, deployment } = card;
  return (
    <article className={classes['card']} aria-label={environment.name} data-status={statusOf(deployment)}>
      <header className={classes['header']}>
        <h2 className={classes['name']}>{environment.name}</h2>
        <Status deployment={deployment} />
      </header>
      {deployment?.pause && <PauseNote pause={deployment.pause} />}
      {deployment && <div className={classes['note']}>{note}</div>}
      {deployment?.watch?.state === 'waiting' && <WatchNote card={card} watch={deployment.watch} />}
      {deployment ? (
        <Deployed component={component} card={card} deployment={deployment} next={next} candidate={candidate} />
      ) : (
        <NotDeployed candidate={candidate} card={card} from={from} component={component} />
      )}
      <footer className={classes['actions']}>{actions}</footer>
    </article>
  );
}

function WatchNote({ card, watch }: { card: Card; watch: NonNullable<Deployment['watch']> }) {
  return (
    <p className={classes['watch']} role="status">
      Watching the first occurrence
      {card.next_due_at && (
        <>
          {' '}
          at <Time at={card.next_due_at} as="clock" />
        </>
      )}
      {watch.back_to === null ? ': if it fails, it is paused.' : `: if it fails, deployment ${watch.back_to} comes back, paused.`}
    </p>
  );
}

type CardStatus = 'none' | 'paused' | 'scheduled' | 'manual' | 'ended';

function statusOf(deployment: Deployment | null): CardStatus {
  if (!deployment) return 'none';
  if (deployment.pause) return 'paused';
  if (deployment.schedules.length === 0) return 'manual';
  return deployment.schedules.every((schedule) => schedule.ended_at) ? 'ended' : 'scheduled';
}

const STATUSES = {
  none: { label: 'Not deployed', Icon: IconCircleDashed },
  paused: { label: 'Paused', Icon: IconPlayerPauseFilled },
  scheduled: { label: 'On schedule', Icon: IconPlayerPlayFilled },
  manual: { label: 'By hand only', Icon: IconHandFinger },
  ended: { label: 'Schedule has ended', Icon: IconHourglassOff },
} as const;

function Status({ deployment }: { deployment: Deployment | null }) {
  const { label, Icon } = STATUSES[statusOf(deployment)];
  return (
    <span className={classes['status']}>
      <Icon size={13} aria-hidden />
      {label}
    </span>
  );
}

function PauseNote({ pause }: { pause: NonNullable<Deployment['pause']> }) {
  return (
    <div className={classes['pause']}>
      {pause.note && <p className={classes['pauseNote']}>“{pause.note}”</p>}
      <p className={classes['soft']}>
        By {pause.by}, <Time at={pause.at} />{!pause.note && ', without a note'}. What falls due is skipped{' '}
        {pause.until ? (
          <>
            until <Time at={pause.until} as="clock" />, when it goes on by itself.
          </>
        ) : (
          'until it is resumed.'
        )}
      </p>
    </div>
  );
}

interface DeployedProps extends Omit<EnvironmentCardProps, 'actions' | 'from' | 'note'> {
  deployment: Deployment;
}

function Deployed({ component, card, deployment, next, candidate }: DeployedProps) {
  const { release } = deployment;
  return (
    <>
      <div className={classes['part']}>
        <Commit commit={release.commit} />
        <p className={classes['soft']}>
          <TextLink to={addresses.build(component, release.build)}>Build {release.build}</TextLink>, deployed <Time at={deployment.created_at} /> by {deployment.created_by} (#
          {deployment.number})
        </p>
      </div>
      <div className={classes['part']}>
        {card.next_due_at && (
          <p className={classes['next']}>
            <Countdown at={card.next_due_at} {...zoneOf(deployment.schedules[0])} />
          </p>
        )}
        {deployment.schedules.map((schedule) => (
          <ScheduleLine key={schedule.id} schedule={schedule} due={deployment.pause ? null : schedule.next_due_at} />
        ))}
        {deployment.schedules.length === 0 && <p className={classes['soft']}>No schedule: it runs when somebody asks for it.</p>}
      </div>
      <div className={classes['part']}>
        <div className={classes['lately']}>
          <Strip
            executions={card.strip}
            to={(execution) => addresses.execution(component, execution.id)}
            label={`The last ${plural(card.strip.length, 'execution')} in ${card.environment.name}, oldest first`}
          />
          <Running component={component} card={card} />
        </div>
        <Last card={card} />
      </div>
      <div className={classes['part']}>
        <Facts
          facts={[
            ['Configuration', <ConfigurationState key="configuration" deployment={deployment} candidate={candidate} />],
            ['Time-out', timeOutWords(deployment.time_out_s)],
            ['Tries', retryWords(deployment.retry)],
            ...(deployment.at_once ? [['Most at once', String(deployment.at_once)] as const] : []),
            ...(next ? [[`In ${next.environment.name}`, <Differences key="differences" here={deployment} next={next} />] as const] : []),
          ]}
        />
      </div>
    </>
  );
}

/** Only a calendar is bound to a zone's clocks; everything else is told on the reader's. */
const zoneOf = (schedule: Schedule | undefined) => (schedule?.trigger.kind === 'cron' ? { zone: schedule.zone } : {});

function ScheduleLine({ schedule, due }: { schedule: Schedule; due: string | null }) {
  const policies = policyWords(schedule);
  return (
    <p className={classes['schedule']}>
      <span className={classes['words']}>{schedule.words}</span>
      <span className={classes['soft']}>
        {schedule.trigger.kind === 'cron' && <>{schedule.zone} · </>}
        {schedule.ended_at ? (schedule.ended_reason ? `has ended: ${schedule.ended_reason.sentence}` : 'has ended') : due ? <Time at={due} {...zoneOf(schedule)} as="clock" /> : 'not due while paused'}
        {policies && ` · ${policies}`}
      </span>
    </p>
  );
}

function Running({ component, card }: { component: ComponentRef; card: Card }) {
  if (card.running === 0) return <span className={classes['soft']}>none running</span>;
  return (
    <TextLink to={`${addresses.executions(component)}?environment=${card.environment.slug}&state=started`}>
      <span className={classes['running']}>
        <Outcome state="started" as="mark" />
        {count(card.running)} running
      </span>
    </TextLink>
  );
}

function Last({ card: { last } }: { card: Card }) {
  if (!last) return <p className={classes['soft']}>No execution has ended yet.</p>;
  return (
    <p className={classes['last']}>
      <Outcome state={last.state} />
      <span className={classes['soft']}>
        {last.duration_s !== null && `in ${duration(last.duration_s)}, `}
        <Time at={last.finished_at ?? last.due_at} />
        {last.reason && (
          <Tooltip label={last.reason.sentence}>
            <span>: {last.reason.sentence}</span>
          </Tooltip>
        )}
      </span>
    </p>
  );
}

function ConfigurationState({ deployment, candidate }: { deployment: Deployment; candidate: Candidate | null }) {
  const lacks = candidate ? lacking(candidate.settings, deployment) : [];
  if (lacks.length > 0) {
    return (
      <>
        Build {candidate?.build} also needs <span className="mono">{lacks.map((setting) => setting.name).join(', ')}</span>
      </>
    );
  }
  const all = deployment.settings.length;
  return <>{all === 0 ? 'none needed' : `complete, ${plural(all, 'value')}`}</>;
}

/** What the next environment has otherwise. */
function Differences({ here, next }: { here: Deployment; next: Card }) {
  const there = next.deployment;
  if (!there) return <>nothing yet</>;
  const changes = changesBetween(planOf(there), planOf(here));
  if (changes.length === 0) return <>the same</>;
  return (
    <>
      other{' '}
      {changes.map(({ name, part }, index) => (
        <span key={`${part} ${name}`}>
          {index > 0 && ', '}
          <span className={part === 'setting' ? 'mono' : undefined}>{part === 'setting' ? name : name.toLowerCase()}</span>
        </span>
      ))}
    </>
  );
}

type NotDeployedProps = Pick<EnvironmentCardProps, 'candidate' | 'card' | 'from' | 'component'>;

function NotDeployed({ candidate, card, from, component }: NotDeployedProps) {
  const needs = candidate ? lacking(candidate.settings, null) : [];
  return (
    <div className={classes['empty']}>
      <p>Nothing is deployed here.</p>
      <p className={classes['soft']}>
        {from && candidate ? (
          `Build ${candidate.build} is in ${from.name}.`
        ) : candidate && needs.length > 0 ? (
          <>
            Build {candidate.build} needs <span className="mono">{needs.map((setting) => setting.name).join(', ')}</span>.
          </>
        ) : candidate ? (
          `Build ${candidate.build} can come here as it is.`
        ) : (
          'A build that succeeded can be deployed.'
        )}
      </p>
      {card.strip.length > 0 && (
        <Strip executions={card.strip} to={(execution) => addresses.execution(component, execution.id)} label={`The last executions in ${card.environment.name}`} />
      )}
    </div>
  );
}
