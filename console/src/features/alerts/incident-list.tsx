import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import { IconBellCheck } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { addresses } from '@/lib/addresses';
import { STATES } from '@/lib/outcome';
import { secondsBetween } from '@/lib/time';
import type { Channel, Incident, IncidentMessage } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Fold } from '@/ui/fold';
import { TextLink } from '@/ui/link';
import { Glyph } from '@/ui/outcome';
import { Async, Empty } from '@/ui/states';
import { Countdown, Duration, Time } from '@/ui/time';
import classes from './alerts.module.css';
import { type ChosenIncidents, useAlerts, useIncidents } from './api';
import { conditionWords, failuresWords, messagesWords, type Named, nameIn, placeWords } from './words';

interface IncidentListProps {
  project: string;
  components: readonly Named[];
  environments: readonly Named[];
  channels: readonly Channel[];
}

/** What came of the alerts of a project, newest first, with what was told of it. */
export function IncidentList({ project, components, environments, channels }: IncidentListProps) {
  const [chosen, choose] = useChosen();
  const alerts = useAlerts(project);
  const incidents = useIncidents(project, chosen);
  const all = incidents.data?.pages.flat();
  return (
    <>
      <div className={classes['filters']}>
        <SegmentedControl
          size="xs"
          aria-label="Which"
          data={[
            { value: 'all', label: 'All' },
            { value: 'open', label: 'Open' },
          ]}
          value={chosen.open ? 'open' : 'all'}
          onChange={(value) => choose({ open: value === 'open' ? '1' : null })}
        />
        <NativeSelect
          size="xs"
          aria-label="Alert"
          className={classes['filter']}
          data={[
            { value: '', label: 'Any alert' },
            ...(alerts.data ?? []).map((each) => ({ value: String(each.number), label: `${each.number}: ${conditionWords(each.condition)} ${placeWords(each, components, environments)}` })),
          ]}
          value={chosen.alert === null ? '' : String(chosen.alert)}
          onChange={(event) => choose({ alert: event.currentTarget.value || null })}
        />
        <NativeSelect
          size="xs"
          aria-label="Component"
          className={classes['filter']}
          data={[{ value: '', label: 'Any component' }, ...components.map((each) => ({ value: each.slug, label: each.name }))]}
          value={chosen.component ?? ''}
          onChange={(event) => choose({ component: event.currentTarget.value || null })}
        />
      </div>
      <Async query={{ ...incidents, data: all }} failed="The incidents could not be loaded.">
        {(list) =>
          list.length === 0 ? (
            <Empty icon={<IconBellCheck size={22} stroke={1.6} />} title={chosen.open ? 'Nothing is open' : 'Nothing has come of any alert'}>
              {chosen.open ? 'Whatever alerts found is over.' : 'What an alert finds is kept here, with what was told of it.'}
            </Empty>
          ) : (
            <ol className={classes['incidents']}>
              {list.map((each) => (
                <li key={each.id}>
                  <IncidentCard incident={each} components={components} environments={environments} channels={channels} />
                </li>
              ))}
            </ol>
          )
        }
      </Async>
      {incidents.hasNextPage && (
        <div>
          <Button variant="default" loading={incidents.isFetchingNextPage} onClick={() => void incidents.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
      <div>
        <CliHint command={`alert incidents ${project}${commandOf(chosen)}`} />
      </div>
    </>
  );
}

const commandOf = ({ alert, component, open }: ChosenIncidents): string =>
  `${alert === null ? '' : ` --alert ${alert}`}${component === null ? '' : ` --component ${component}`}${open ? ' --open' : ''}`;

function useChosen(): readonly [ChosenIncidents, (change: Record<string, string | null>) => void] {
  const [search, setSearch] = useSearchParams();
  const alert = Number(search.get('alert') ?? '');
  const chosen = { alert: Number.isInteger(alert) && alert > 0 ? alert : null, component: search.get('component') || null, open: search.get('open') === '1' };
  const choose = (change: Record<string, string | null>) =>
    setSearch(
      (present) => {
        const next = new URLSearchParams(present);
        Object.entries(change).forEach(([name, value]) => (value === null ? next.delete(name) : next.set(name, value)));
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return [chosen, choose];
}

interface IncidentCardProps extends Omit<IncidentListProps, 'project'> {
  incident: Incident;
}

function IncidentCard({ incident, components, environments, channels }: IncidentCardProps) {
  const { began_at, over_at, messages } = incident;
  const ref = { project: incident.project, component: incident.component };
  const look = over_at === null ? STATES.failed : incident.quiet === null ? STATES.succeeded : STATES.cancelled;
  const isTroubled = messages.some((each) => each.state === 'failed' || (each.state === 'waiting' && each.error !== null));
  return (
    <article className={classes['incident']} data-open={over_at === null || undefined} aria-label={`${nameIn(components, incident.component)} in ${nameIn(environments, incident.environment)}: ${incident.sentence}`}>
      <p className={classes['incidentHead']}>
        <Glyph shape={look.shape} colour={look.colour} />
        <b>{over_at === null ? 'Open' : incident.quiet === null ? 'Over' : 'Ended'}</b>{' '}
        <span>
          <TextLink to={addresses.overview(ref)}>{nameIn(components, incident.component)}</TextLink> in {nameIn(environments, incident.environment)}: {incident.sentence}
        </span>{' '}
        <span className={classes['soft']}>alert {incident.alert}</span>
      </p>
      <p className={classes['facts']}>
        Since <Time at={began_at} as="full" />, {over_at === null ? 'for ' : 'it lasted '}
        {over_at === null ? <Duration since={began_at} /> : <Duration seconds={Math.max(0, secondsBetween(began_at, over_at))} />}
        {failuresWords(incident)}.
        {incident.opened_by && (
          <>
            {' '}
            <TextLink to={addresses.execution(ref, incident.opened_by)}>The execution</TextLink>
          </>
        )}
        {incident.ended_by && (
          <>
            {incident.opened_by ? ' · ' : ' '}
            <TextLink to={addresses.execution(ref, incident.ended_by)}>The one that ended it</TextLink>
          </>
        )}
      </p>
      {incident.reason && <p className={classes['reason']}>{incident.reason}</p>}
      {incident.quiet !== null && <p className={classes['soft']}>Nobody was told that it ended: {incident.quiet}</p>}
      <Fold title="Messages" summary={messagesWords(incident)} open={isTroubled}>
        {messages.length === 0 ? (
          <p className={classes['soft']}>The alert had no channel.</p>
        ) : (
          <ul className={classes['messages']}>
            {messages.map((each) => (
              <li key={`${each.channel} ${each.side}`}>
                <Message message={each} nextAt={channels.find(({ name }) => name === each.channel)?.next_at ?? null} />
              </li>
            ))}
          </ul>
        )}
      </Fold>
    </article>
  );
}

const MESSAGE_LOOKS = {
  sent: { ...STATES.succeeded, label: 'Sent' },
  waiting: { ...STATES.queued, label: 'Waiting' },
  failed: { ...STATES.failed, label: 'Failed' },
  dropped: { ...STATES.cancelled, label: 'Not sent' },
} as const;

function Message({ message, nextAt }: { message: IncidentMessage; nextAt: string | null }) {
  const look = MESSAGE_LOOKS[message.state];
  return (
    <p className={classes['message']}>
      <Glyph shape={look.shape} colour={look.colour} />
      <span>
        {look.label} to <b>{message.channel}</b>, that it {message.side === 'began' ? 'began' : 'is over'}
        {message.settled_at !== null && message.state === 'sent' && (
          <>
            {' '}
            at <Time at={message.settled_at} as="clock" />
          </>
        )}
        {message.attempts > 1 && <span className={classes['soft']}>, after {message.attempts} tries</span>}
        {message.state === 'waiting' && nextAt !== null && (
          <span className={classes['soft']}>
            , next try <Countdown at={nextAt} />
          </span>
        )}
        {message.error !== null && <span className={classes['reason']}>: {message.error}</span>}
      </span>
    </p>
  );
}
