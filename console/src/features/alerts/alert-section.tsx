import { Button } from '@mantine/core';
import { IconBell } from '@tabler/icons-react';
import { useState } from 'react';
import { addresses } from '@/lib/addresses';
import type { Alert, Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { TextLink } from '@/ui/link';
import { May, useRefusedIn } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Section } from '@/ui/page';
import { Async, Empty } from '@/ui/states';
import { AlertCard } from './alert-card';
import classes from './alerts.module.css';
import { useAddAlert, useAlerts } from './api';
import { type Draft, first, fromAlert, requestOf } from './draft';
import { type Around, RuleForm } from './rule-form';

const FEW = 10;

interface AlertSectionProps extends Omit<Around, 'environments' | 'channels'> {
  /** In the order of promotion. */
  environments: readonly Environment[];
  /** undefined while they are not known. */
  channels: Around['channels'] | undefined;
}

interface Edited {
  draft: Draft;
  alert?: Alert;
}

/** The rules by which people are told: all of a project, or those of a component and those that cover it. */
export function AlertSection({ channels, ...places }: AlertSectionProps) {
  const { project, component, environments } = places;
  const [edited, edit] = useState<Edited | null>(null);
  const alerts = useAlerts(project);
  const around: Around = { ...places, channels: channels ?? [] };
  const production = environments.find((each) => each.is_production)?.slug ?? null;
  const begin = (names: readonly string[]) => edit({ draft: first({ component: component ?? null, environment: production }, names) });
  const mine = alerts.data?.filter((each) => component === undefined || each.component === component) ?? [];
  const covering = component === undefined ? [] : (alerts.data?.filter((each) => each.component === null) ?? []);
  const known = channels?.length === 1 ? channels.map((each) => each.name) : [];
  return (
    <Section
      title="Alerts"
      id="alerts"
      aside={
        mine.length + covering.length > 0 && (
          <div className={classes['aside']}>
            <TextLink to={addresses.incidents(project, component === undefined ? {} : { component })}>Incidents</TextLink>
            <May do="operate" project={project}>
              <Button variant="default" size="compact-sm" onClick={() => begin(known)}>
                New alert…
              </Button>
            </May>
          </div>
        )
      }
    >
      <Async query={alerts} failed="The alerts could not be loaded.">
        {() =>
          mine.length + covering.length === 0 ? (
            <NoAlerts around={around} environments={environments} isKnown={channels !== undefined} onBegin={begin} />
          ) : (
            <div className={classes['groups']}>
              {component !== undefined && <h3 className={classes['group']}>For this component</h3>}
              {component !== undefined && mine.length === 0 && <p className={classes['soft']}>None of its own.</p>}
              <Cards alerts={mine} around={around} onEdit={(alert) => edit({ draft: fromAlert(alert), alert })} />
              {covering.length > 0 && (
                <>
                  <h3 className={classes['group']}>
                    For every component of the project <TextLink to={`${addresses.project(project)}#alerts`}>Change them there</TextLink>
                  </h3>
                  <Cards alerts={covering} around={around} />
                </>
              )}
              <div>
                <CliHint command={`alert list ${project}`} />
              </div>
            </div>
          )
        }
      </Async>
      <RuleForm {...around} draft={edited?.draft ?? null} {...(edited?.alert && { alert: edited.alert })} onClose={() => edit(null)} />
    </Section>
  );
}

interface CardsProps {
  alerts: readonly Alert[];
  around: Around;
  onEdit?: (alert: Alert) => void;
}

/** Those with something open first, else by number. */
function Cards({ alerts, around, onEdit }: CardsProps) {
  const [all, setAll] = useState(false);
  const sorted = [...alerts].sort((a, b) => Number(b.open > 0) - Number(a.open > 0) || a.number - b.number);
  const shown = all ? sorted : sorted.slice(0, FEW);
  if (alerts.length === 0) return null;
  return (
    <>
      <ul className={classes['alerts']}>
        {shown.map((alert) => (
          <li key={alert.number}>
            <AlertCard alert={alert} around={around} {...(onEdit && { onEdit: () => onEdit(alert) })} />
          </li>
        ))}
      </ul>
      {alerts.length > FEW && (
        <div>
          <Button variant="subtle" size="compact-sm" onClick={() => setAll(!all)}>
            {all ? `The first ${FEW} only` : `All ${alerts.length}`}
          </Button>
        </div>
      )}
    </>
  );
}

interface NoAlertsProps {
  around: Around;
  environments: readonly Environment[];
  isKnown: boolean;
  onBegin: (channels: readonly string[]) => void;
}

/** A sensible first rule in one click; without a channel, the way to one. */
function NoAlerts({ around, environments, isKnown, onBegin }: NoAlertsProps) {
  const { project, component, channels, addChannel } = around;
  const add = useAddAlert(project);
  const production = environments.find((each) => each.is_production);
  const refused = useRefusedIn(project, production ? [production] : environments);
  const only = channels.length === 1 ? channels[0] : undefined;
  const where = production ? `in ${production.name}` : 'anywhere';
  const make = (name: string) =>
    add.mutate(requestOf(first({ component: component ?? null, environment: production?.slug ?? null }, [name]), true), {
      onSuccess: () => notifyDone(`${name} is told when an execution fails ${where}, and when it is over.`),
      onError: (error) => notifyFailed('The alert could not be added.', error),
    });
  return (
    <Empty
      icon={<IconBell size={22} stroke={1.6} />}
      title="Nobody is told when something goes wrong"
      action={
        isKnown &&
        (channels.length === 0 ? (
          addChannel((name) => onBegin([name]), 'Add a channel first…')
        ) : (
          <div className={classes['beginning']}>
            {/* Where the form follows, another environment can be chosen in it. */}
            <May do="operate" project={project} environment={only && (refused ?? production)}>
              <Button loading={add.isPending} onClick={() => (only ? make(only.name) : onBegin([]))}>
                {only ? `Tell ${only.name} when an execution fails ${where}` : `When an execution fails ${where}, tell…`}
              </Button>
            </May>
            {only && (
              <May do="operate" project={project}>
                <Button variant="default" onClick={() => onBegin([only.name])}>
                  Another rule…
                </Button>
              </May>
            )}
          </div>
        ))
      }
    >
      An alert is a rule of one sentence: when an execution fails {where}, tell a channel, and again when it is over. A storm of failures is told once.
      {channels.length === 0 && ' A channel is where people are told: mail, a chat or a webhook.'}
    </Empty>
  );
}
