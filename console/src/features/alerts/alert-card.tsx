import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { STATES } from '@/lib/outcome';
import type { Alert } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Confirm } from '@/ui/confirm';
import { TextLink } from '@/ui/link';
import { May, useRefusedIn } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Glyph } from '@/ui/outcome';
import { Time } from '@/ui/time';
import classes from './alerts.module.css';
import { useRemoveAlert, useSwitchAlert } from './api';
import type { Around } from './rule-form';
import { conditionWords, failuresWords, listed, nameIn, placeWords } from './words';

interface AlertCardProps {
  alert: Alert;
  around: Around;
  /** Not given where it is changed elsewhere. */
  onEdit?: () => void;
}

/** One rule: its sentence, and what is the matter with it. */
export function AlertCard({ alert, around, onEdit }: AlertCardProps) {
  const { components, environments, component } = around;
  return (
    <article className={classes['alert']} data-off={!alert.is_on || undefined} aria-label={`Alert ${alert.number}`}>
      <div className={classes['words']}>
        <p className={classes['sentence']}>
          When <b>{conditionWords(alert.condition)}</b> {placeWords(alert, components, environments, component !== undefined && alert.component === component)}, tell{' '}
          <b>{listed(alert.channels)}</b>
          {alert.tells_end && ', and again when it is over'}.
        </p>
        <State alert={alert} around={around} />
      </div>
      <span className={classes['number']} title={`\`clockhouse alert\` calls it ${alert.number}`}>
        {alert.number}
      </span>
      <More alert={alert} around={around} {...(onEdit && { onEdit })} />
    </article>
  );
}

function State({ alert, around }: Omit<AlertCardProps, 'onEdit'>) {
  const { project, component, components, environments, channels } = around;
  const { last } = alert;
  const broken = channels.filter((each) => alert.channels.includes(each.name) && each.trouble !== null);
  const failed = last?.messages.filter((each) => each.state === 'failed' && !broken.some(({ name }) => name === each.channel)) ?? [];
  const incidents = (open: boolean) => addresses.incidents(project, { alert: alert.number, open });
  const of = last && alert.component === null && component === undefined ? ` in ${nameIn(components, last.component)}` : '';
  return (
    <ul className={classes['states']}>
      {alert.open > 0 && last && (
        <li className={classes['state']}>
          <Glyph shape={STATES.failed.shape} colour={STATES.failed.colour} />
          <TextLink to={incidents(true)}>
            {alert.open === 1 && last.over_at === null ? (
              <>
                Open since <Time at={last.began_at} as="clock" />
                {of} in {nameIn(environments, last.environment)}
                {failuresWords(last)}
              </>
            ) : (
              `Open in ${alert.open} places`
            )}
          </TextLink>
        </li>
      )}
      {!alert.is_on && (
        <li className={classes['state']}>
          <Glyph shape={STATES.cancelled.shape} colour={STATES.cancelled.colour} />
          Switched off: it looks at nothing and tells nobody
        </li>
      )}
      {alert.channels.length === 0 && (
        <li className={classes['state']}>
          <Glyph shape={STATES.timed_out.shape} colour={STATES.timed_out.colour} />
          It tells nobody: choose a channel
        </li>
      )}
      {broken.map((each) => (
        <li key={each.name} className={classes['state']}>
          <Glyph shape={STATES.timed_out.shape} colour={STATES.timed_out.colour} />
          <span>
            {each.name} takes nothing at present: {each.trouble}
          </span>
        </li>
      ))}
      {failed.map((each) => (
        <li key={`${each.channel} ${each.side}`} className={classes['state']}>
          <Glyph shape={STATES.timed_out.shape} colour={STATES.timed_out.colour} />
          <span>
            {each.channel} was not told the last time: {each.error}
          </span>
        </li>
      ))}
      {alert.is_declared && <li className={classes['soft']}>As clockhouse.yaml{alert.component !== null && ` of ${nameIn(components, alert.component)}`} says</li>}
      {alert.open === 0 && last?.over_at && (
        <li className={classes['soft']}>
          Last{of} <TextLink to={incidents(false)}><Time at={last.began_at} /></TextLink>
        </li>
      )}
      {!last && alert.is_on && (
        <li className={classes['soft']}>
          Nothing came of it since <Time at={alert.since} as="clock" />
        </li>
      )}
    </ul>
  );
}

function More({ alert, around, onEdit }: AlertCardProps) {
  const { project, environments } = around;
  const [isRemoving, setRemoving] = useState(false);
  const navigate = useNavigate();
  const toggle = useSwitchAlert(project, alert.number);
  const remove = useRemoveAlert(project, alert.number);
  const chosen = environments.find((each) => each.slug === alert.environment);
  const place = { project, environment: useRefusedIn(project, chosen ? [chosen] : environments) ?? chosen };
  const switchIt = () =>
    toggle.mutate(!alert.is_on, {
      onSuccess: (made) => notifyDone(`Alert ${made.number} is ${made.is_on ? 'on: it looks at what ends from now on' : 'off'}.`),
      onError: (error) => notifyFailed('Nothing has changed', error),
    });
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        notifyDone(`Alert ${alert.number} is removed.`);
        setRemoving(false);
      },
    });
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon aria-label={`More about alert ${alert.number}`}>
            <IconDots size={16} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {onEdit && !alert.is_declared && (
            <May do="operate" {...place}>
              <Menu.Item onClick={onEdit}>Change…</Menu.Item>
            </May>
          )}
          {onEdit && (
            <May do="operate" {...place}>
              <Menu.Item onClick={switchIt}>Switch {alert.is_on ? 'off' : 'on'}</Menu.Item>
            </May>
          )}
          <Menu.Item onClick={() => void navigate(addresses.incidents(project, { alert: alert.number }))}>Its incidents</Menu.Item>
          {onEdit && !alert.is_declared && (
            <May do="operate" {...place}>
              <Menu.Item onClick={() => setRemoving(true)}>Remove…</Menu.Item>
            </May>
          )}
        </Menu.Dropdown>
      </Menu>
      <Confirm
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={`Remove alert ${alert.number}`}
        action="Remove the alert"
        onConfirm={confirm}
        busy={remove.isPending}
        error={remove.error}
      >
        Its incidents go with it, and what is not told yet never is. To keep them, switch it off.
        <div style={{ marginTop: 8 }}>
          <CliHint command={`alert remove ${project} ${alert.number}`} />
        </div>
      </Confirm>
    </>
  );
}
