import { ActionIcon, Button, Menu, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAdjustments, IconCalendarTime, IconDotsVertical, IconPlayerPlay, IconRocket, IconSquare, IconTerminal2 } from '@tabler/icons-react';
import { Link } from 'react-router';
import { addresses } from '@/lib/addresses';
import type { Card, ComponentRef, Deployment, Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { LinkButton, TextLink } from '@/ui/link';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { useResume, useRunNow } from './api';
import classes from './card-actions.module.css';
import { nameOf } from './command';
import { askedIn } from './landing';
import { PauseDialog } from './pause-dialog';
import { givable, RunDialog } from './run-dialog';
import { StopDialog } from './stop-dialog';

interface CardActionsProps {
  component: ComponentRef;
  card: Card;
  next: Environment | undefined;
  /** Where an environment without a deployment gets it from, if not from a build. */
  from: Environment | undefined;
  /** The newest build that can be deployed. */
  newest: number | undefined;
  /** The address of the form that deploys here; null when there is nothing to deploy. */
  deployTo: string | null;
  /** The address of the form that changes what is here, of the same build; null when there is nothing. */
  editTo: string | null;
  /** The address of the form that promotes from here; null when the next environment has the same already. */
  promoteTo: string | null;
  /** The one thing to do on the page, if it is here. */
  primary: 'deploy' | 'promote' | null;
}

/** Run, pause, change, promote and stop what an environment has. */
export function CardActions({ component, card, next, from, newest, deployTo, editTo, promoteTo, primary }: CardActionsProps) {
  const { environment, deployment } = card;
  if (!deployment) {
    return deployTo ? (
      <May do="operate" environment={askedIn(environment)}>
        <LinkButton to={deployTo} variant={primary === 'deploy' ? 'filled' : 'default'} leftSection={<IconRocket size={14} aria-hidden />}>
          {from ? `Promote from ${from.name}` : `Deploy to ${environment.name}`}
        </LinkButton>
      </May>
    ) : null;
  }
  return (
    <>
      <RunNow component={component} environment={environment} />
      {deployment.pause ? <Resume component={component} environment={environment} /> : <Pause component={component} environment={environment} />}
      {deployTo && (
        <May do="operate" environment={askedIn(environment)}>
          <LinkButton to={deployTo} variant={primary === 'deploy' ? 'filled' : 'default'}>
            {primary === 'deploy' ? `Deploy build ${newest}` : 'Change'}
          </LinkButton>
        </May>
      )}
      {next && promoteTo && (
        <May do="operate" environment={askedIn(next)}>
          <LinkButton to={promoteTo} variant={primary === 'promote' ? 'filled' : 'default'}>
            Promote
          </LinkButton>
        </May>
      )}
      <More component={component} environment={environment} deployment={deployment} next={next} editTo={editTo} />
    </>
  );
}

interface OneEnvironment {
  component: ComponentRef;
  environment: Environment;
}

function RunNow({ component, environment }: OneEnvironment) {
  const run = useRunNow(component, environment.slug);
  return (
    <>
      <May do="operate" environment={environment}>
        <Button
          variant="default"
          leftSection={<IconPlayerPlay size={14} aria-hidden />}
          loading={run.isPending}
          onClick={() => run.mutate({}, { onError: (error) => notifyFailed(`It could not be run in ${environment.name}.`, error) })}
        >
          Run now
        </Button>
      </May>
      {run.data && (
        <span role="status" className={classes['began']}>
          <TextLink to={addresses.execution(component, run.data.id)}>Watch the execution</TextLink> that you started.
        </span>
      )}
    </>
  );
}

function Pause({ component, environment }: OneEnvironment) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      <May do="operate" environment={environment}>
        <Button variant="default" onClick={open}>
          Pause
        </Button>
      </May>
      <PauseDialog component={component} environment={environment} opened={opened} onClose={close} />
    </>
  );
}

function Resume({ component, environment }: OneEnvironment) {
  const resume = useResume(component, environment.slug);
  return (
    <May do="operate" environment={environment}>
      <Button
        variant="default"
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        loading={resume.isPending}
        onClick={() =>
          resume.mutate(undefined, {
            onSuccess: () => notifyDone(`${environment.name} goes on with its next due time.`),
            onError: (error) => notifyFailed(`${environment.name} could not be resumed.`, error),
          })
        }
      >
        Resume
      </Button>
    </May>
  );
}

interface MoreProps extends OneEnvironment {
  deployment: Deployment;
  next: Environment | undefined;
  editTo: string | null;
}

function More({ component, environment, deployment, next, editTo }: MoreProps) {
  const [stopping, stop] = useDisclosure();
  const [listed, list] = useDisclosure();
  const [giving, give] = useDisclosure();
  const here = `${nameOf(component)} --environment ${environment.slug}`;
  const commands = [
    `run ${here}`,
    deployment.pause ? `resume ${here}` : `pause ${here}`,
    ...(next ? [`promote ${nameOf(component)} --from ${environment.slug} --to ${next.slug}`] : []),
    `stop ${here}`,
  ];
  return (
    <span data-last className={classes['more']}>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon size={30} aria-label={`More for ${environment.name}`}>
            <IconDotsVertical size={16} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {editTo && (
            <May do="operate" environment={askedIn(environment)}>
              <Menu.Item component={Link} to={editTo} leftSection={<IconCalendarTime size={14} aria-hidden />}>
                Edit schedule
              </Menu.Item>
            </May>
          )}
          {givable(deployment).length > 0 && (
            <May do="operate" environment={environment}>
              <Menu.Item leftSection={<IconAdjustments size={14} aria-hidden />} onClick={give.open}>
                Run with other values
              </Menu.Item>
            </May>
          )}
          <Menu.Item leftSection={<IconTerminal2 size={14} aria-hidden />} onClick={list.open}>
            On the command line
          </Menu.Item>
          <May do="operate" environment={environment}>
            <Menu.Item color="red" leftSection={<IconSquare size={14} aria-hidden />} onClick={stop.open}>
              Stop in {environment.name}
            </Menu.Item>
          </May>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={listed} onClose={list.close} title={`${environment.name} on the command line`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
        <div className={classes['commands']}>
          {commands.map((command) => (
            <CliHint key={command} command={command} />
          ))}
        </div>
      </Modal>
      <RunDialog component={component} environment={environment} deployment={deployment} opened={giving} onClose={give.close} />
      <StopDialog component={component} environment={environment} opened={stopping} onClose={stop.close} />
    </span>
  );
}
