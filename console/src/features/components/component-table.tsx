import { IconPlayerPause } from '@tabler/icons-react';
import { Link } from 'react-router';
import { addresses } from '@/lib/addresses';
import { nextZone } from '@/lib/schedules';
import type { Card, ComponentRef, ComponentSummary } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { Outcome } from '@/ui/outcome';
import { Strip } from '@/ui/strip';
import { Countdown, Time } from '@/ui/time';
import classes from './component-table.module.css';

interface ComponentTableProps {
  components: readonly ComponentSummary[];
  label: string;
  /** Shows the columns' names; a screen reader always hears them. */
  heads?: boolean;
}

/** A line per environment in which a component is deployed: what happened last there, and what is next. */
export function ComponentTable({ components, label, heads = false }: ComponentTableProps) {
  return (
    <div className={classes['panel']}>
      <table className={classes['table']} aria-label={label}>
        <colgroup>
          <col className={classes['colName']} />
          <col className={classes['colEnvironment']} />
          <col className={classes['colStrip']} />
          <col className={classes['colLast']} />
          <col className={classes['colNext']} />
        </colgroup>
        <thead className={heads ? undefined : classes['quiet']}>
          <tr>
            <th scope="col">Component</th>
            <th scope="col">Environment</th>
            <th scope="col">Last twenty</th>
            <th scope="col">Last outcome</th>
            <th scope="col">Next due</th>
          </tr>
        </thead>
        {components.map((component) => (
          <ComponentRows key={component.slug} component={component} />
        ))}
      </table>
    </div>
  );
}

function ComponentRows({ component }: { component: ComponentSummary }) {
  const ref = { project: component.project, component: component.slug };
  const deployed = component.environments.filter((card) => card.deployment);
  const [first, ...rest] = deployed;
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" rowSpan={Math.max(1, deployed.length)} className={classes['name']}>
          <Link to={addresses.overview(ref)}>{component.name}</Link>
          {component.description && <span className={classes['description']}>{component.description}</span>}
        </th>
        {first ? <CardCells card={first} of={ref} /> : <NotDeployed of={ref} />}
      </tr>
      {rest.map((card) => (
        <tr key={card.environment.slug}>
          <CardCells card={card} of={ref} />
        </tr>
      ))}
    </tbody>
  );
}

function NotDeployed({ of }: { of: ComponentRef }) {
  return (
    <td colSpan={4} className={classes['soft']}>
      Not deployed yet. <TextLink to={addresses.overview(of)}>Go on with it</TextLink>
    </td>
  );
}

function CardCells({ card, of }: { card: Card; of: ComponentRef }) {
  const { environment, deployment, last } = card;
  return (
    <>
      <td>
        <Link to={addresses.deploy(of)} className={classes['plain']}>
          {environment.name}
        </Link>
      </td>
      <td>
        <Strip
          executions={card.strip}
          size="sm"
          to={(execution) => addresses.execution(of, execution.id)}
          label={`Last executions in ${environment.name}`}
        />
      </td>
      <td>
        {last ? (
          <Link to={addresses.execution(of, last.id)} className={classes['last']}>
            <Outcome state={last.state} />
            <span className={classes['soft']}>
              <Time at={last.finished_at ?? last.due_at} />
            </span>
          </Link>
        ) : (
          <span className={classes['soft']}>None yet</span>
        )}
      </td>
      <td>
        <Next card={card} />
        {deployment && !deployment.pause && deployment.schedules.length > 0 && (
          <span className={classes['words']}>{deployment.schedules.map((schedule) => schedule.words).join(' · ')}</span>
        )}
      </td>
    </>
  );
}

function Next({ card }: { card: Card }) {
  const pause = card.deployment?.pause;
  if (pause) {
    return (
      <span className={classes['paused']} title={`By ${pause.by}${pause.note && `: ${pause.note}`}`}>
        <IconPlayerPause size={14} stroke={1.8} aria-hidden /> Paused
        {pause.until && (
          <>
            {' '}
            until <Time at={pause.until} as="clock" />
          </>
        )}
      </span>
    );
  }
  if (card.next_due_at) return <Countdown at={card.next_due_at} zone={nextZone(card)} />;
  return <span className={classes['soft']}>{card.deployment?.schedules.length ? 'Nothing more' : 'Only by hand'}</span>;
}
