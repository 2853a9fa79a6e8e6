import { Link } from 'react-router';
import { addresses } from '@/lib/addresses';
import { plural } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import type { Incident } from '@/lib/types';
import { Glyph } from '@/ui/outcome';
import { Time } from '@/ui/time';
import classes from './alerts.module.css';
import { useOpenIncidents } from './api';
import { type Named, nameIn } from './words';

interface OpenIncidentsProps {
  project: string;
  /** Of this one alone. */
  component?: string;
  components?: readonly Named[];
  environments: readonly Named[];
}

/** What alerts found and is not over, in a line that leads to it; nothing where there is nothing. */
export function OpenIncidents({ project, component, components = [], environments }: OpenIncidentsProps) {
  const { data } = useOpenIncidents(project, component);
  const newest = data?.[0];
  if (!newest) return null;
  const to = addresses.incidents(project, { open: true, ...(component !== undefined && { component }) });
  return (
    <Link to={to} className={classes['open']}>
      <Glyph shape={STATES.failed.shape} colour={STATES.failed.colour} />
      <span>
        {data.length === 1 ? (
          <>
            Alert open since <Time at={newest.began_at} as="clock" />
            {place(newest, component, components, environments)}: {newest.sentence}
          </>
        ) : (
          <>
            {plural(data.length, 'alert')} open, the latest since <Time at={newest.began_at} as="clock" />
            {place(newest, component, components, environments)}: {newest.sentence}
          </>
        )}
      </span>
    </Link>
  );
}

const place = (incident: Incident, component: string | undefined, components: readonly Named[], environments: readonly Named[]): string =>
  `${component === undefined ? ` in ${nameIn(components, incident.component)}` : ''} in ${nameIn(environments, incident.environment)}`;
