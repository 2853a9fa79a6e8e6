import { IconPlayerPause } from '@tabler/icons-react';
import { Link } from 'react-router';
import { addresses } from '@/lib/addresses';
import { subject } from '@/lib/format';
import { nextZone } from '@/lib/schedules';
import { zoneName } from '@/lib/time';
import type { Card, ComponentRef, Deployment } from '@/lib/types';
import { Sha } from '@/ui/commit';
import { TextLink } from '@/ui/link';
import { Outcome } from '@/ui/outcome';
import { Countdown, Duration, Time } from '@/ui/time';
import classes from './environments.module.css';

/** The environments from left to right, each in a few lines. */
export function Environments({ of, cards }: { of: ComponentRef; cards: readonly Card[] }) {
  return (
    <ul className={classes['environments']}>
      {cards.map((card) => (
        <li key={card.environment.slug} className={classes['card']} data-empty={!card.deployment || undefined}>
          <h3 className={classes['name']}>
            <Link to={addresses.deploy(of)}>{card.environment.name}</Link>
            {card.running > 0 && <span className={classes['running']}>{card.running} running</span>}
          </h3>
          {card.deployment ? <Deployed of={of} card={card} deployment={card.deployment} /> : <p className={classes['soft']}>Nothing deployed here yet.</p>}
        </li>
      ))}
    </ul>
  );
}

function Deployed({ of, card, deployment }: { of: ComponentRef; card: Card; deployment: Deployment }) {
  const { build, commit } = deployment.release;
  return (
    <dl className={classes['facts']}>
      <dt>Runs</dt>
      <dd>
        <TextLink to={addresses.build(of, build)}>Build {build}</TextLink> <Sha sha={commit.sha} /> {subject(commit.message)}
      </dd>
      <dt>Schedule</dt>
      <dd>
        <ScheduleWords deployment={deployment} />
      </dd>
      <dt>Next</dt>
      <dd>
        <Next card={card} deployment={deployment} />
      </dd>
      <dt>Last</dt>
      <dd>
        {card.last ? (
          <Link to={addresses.execution(of, card.last.id)} className={classes['last']}>
            <Outcome state={card.last.state} />
            {card.last.duration_s !== null && (
              <span className={classes['soft']}>
                in <Duration seconds={card.last.duration_s} />
              </span>
            )}
            <span className={classes['soft']}>
              <Time at={card.last.finished_at ?? card.last.due_at} />
            </span>
          </Link>
        ) : (
          <span className={classes['soft']}>Nothing has run yet.</span>
        )}
      </dd>
    </dl>
  );
}

function ScheduleWords({ deployment }: { deployment: Deployment }) {
  if (deployment.schedules.length === 0) return <span className={classes['soft']}>None: it runs by hand only.</span>;
  return deployment.schedules.map((schedule) => (
    <span key={schedule.id} className={classes['schedule']}>
      {schedule.words}
      {schedule.trigger.kind === 'cron' && <span className={classes['soft']}> {zoneName(schedule.zone)}</span>}
    </span>
  ));
}

function Next({ card, deployment }: { card: Card; deployment: Deployment }) {
  const { pause } = deployment;
  if (pause) {
    return (
      <span className={classes['paused']}>
        <IconPlayerPause size={14} stroke={1.8} aria-hidden /> Paused by {pause.by}{' '}
        <span className={classes['soft']}>
          <Time at={pause.at} />
          {pause.until && (
            <>
              {' '}
              until <Time at={pause.until} as="clock" />
            </>
          )}
          {pause.note && `: ${pause.note}`}
        </span>
      </span>
    );
  }
  const zone = nextZone(card);
  if (!card.next_due_at) return <span className={classes['soft']}>Nothing planned.</span>;
  return (
    <>
      <Countdown at={card.next_due_at} zone={zone} />{' '}
      <span className={classes['soft']}>
        <Time at={card.next_due_at} as="clock" zone={zone} />
      </span>
    </>
  );
}
