import { Button } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import type { ComponentRef } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { ConfirmByName } from '@/ui/confirm-by-name';
import { Facts } from '@/ui/facts';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { Page, Panel, Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { Time } from '@/ui/time';
import { useComponent, useDeleteComponent } from './api';
import classes from './settings.module.css';

const KINDS = { scheduled: 'Scheduled task' } as const;

interface SettingsProps {
  of: ComponentRef;
  configuration: React.ReactNode;
  connection: React.ReactNode;
  alerts: React.ReactNode;
  building: React.ReactNode;
  asCode: React.ReactNode;
  /** The way to what was done with it. */
  trail: React.ReactNode;
}

/** What the component is, what it is configured with and built by, and the way to be rid of it. */
export function Settings({ of, configuration, connection, alerts, building, asCode, trail }: SettingsProps) {
  const component = useComponent(of);
  return (
    <Page title="Settings">
      <Async query={component} failed="The component could not be loaded.">
        {(it) => (
          <Section title="Component">
            <Panel>
              <Facts
                facts={[
                  ['Name', it.name],
                  ['Description', it.description || <span className={classes['none']}>None</span>],
                  ['Called', <code className="mono">{`${it.project}/${it.slug}`}</code>],
                  ['Kind', KINDS[it.kind]],
                  it.is_connected ? ['Source', 'A connected repository'] : ['Started from', it.template ? <code className="mono">{it.template}</code> : 'A ready image'],
                  ['Created', <Time at={it.created_at} as="full" />],
                ]}
              />
            </Panel>
            {trail}
          </Section>
        )}
      </Async>
      {configuration}
      {component.data?.is_connected && connection}
      {alerts}
      {building}
      {asCode}
      <Removal of={of} />
    </Page>
  );
}

function Removal({ of }: { of: ComponentRef }) {
  const [asked, setAsked] = useState(false);
  const remove = useDeleteComponent(of);
  const navigate = useNavigate();
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        notifyDone(`${of.component} is deleted.`);
        void navigate(addresses.project(of.project));
      },
    });
  return (
    <Section title="Delete">
      <Panel>
        <div className={classes['danger']}>
          <p>
            Stops it in every environment and deletes its source, builds, logs and history. This cannot be undone; to stop
            it for a while, pause it under Deploy.
          </p>
          <May do="administer" project={of.project}>
            <Button color="red" variant="outline" onClick={() => setAsked(true)}>
              Delete the component…
            </Button>
          </May>
          <CliHint command={`component delete ${of.project}/${of.component}`} />
        </div>
      </Panel>
      <ConfirmByName
        opened={asked}
        onClose={() => setAsked(false)}
        title={`Delete ${of.component}`}
        name={of.component}
        action="Delete the component"
        onConfirm={confirm}
        busy={remove.isPending}
        error={remove.error}
      >
        It stops in every environment, and its source, builds, logs and history are gone for good.
      </ConfirmByName>
    </Section>
  );
}
