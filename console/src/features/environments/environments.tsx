import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useState } from 'react';
import type { Environment } from '@/lib/types';
import { May } from '@/ui/may';
import { Page, Panel, Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { AddEnvironment } from './add-environment';
import { AgentList } from './agent-list';
import { useEnvironments, useRetention } from './api';
import { EnvironmentForm } from './environment-form';
import { EnvironmentMenu } from './environment-menu';
import classes from './environments.module.css';
import { Order } from './order';

/** Every environment in the order of promotion, which may be changed, and with what may be set about each. */
export function Environments() {
  const environments = useEnvironments();
  const [adding, { open, close }] = useDisclosure();
  return (
    <Page
      title="Environments"
      lead="Where releases are deployed, in the order in which they are promoted."
      actions={
        <May do="administer" project={null}>
          <Button onClick={open} disabled={!environments.data}>
            Add an environment…
          </Button>
        </May>
      }
    >
      <Async query={environments} failed="The environments could not be loaded.">
        {(all) => (
          <>
            <Section title="Order of promotion">
              <Order environments={all} actions={(each) => <EnvironmentMenu environment={each} />} />
            </Section>
            {all.map((each) => (
              <EnvironmentSection key={each.slug} environment={each} />
            ))}
            <AddEnvironment environments={all} opened={adding} onClose={close} />
          </>
        )}
      </Async>
    </Page>
  );
}

function EnvironmentSection({ environment }: { environment: Environment }) {
  const retention = useRetention(environment.slug);
  const [chosen, choose] = useState<Environment['data_plane'] | null>(null);
  const plane = chosen ?? environment.data_plane;
  return (
    <div id={environment.slug} className={classes['anchor']}>
      <Section title={environment.name}>
        <Panel>
          <Async query={retention} failed="Its settings could not be loaded.">
            {(kept) => (
              <EnvironmentForm
                key={JSON.stringify([kept, environment])}
                environment={environment}
                retention={kept}
                plane={plane}
                onPlane={choose}
              />
            )}
          </Async>
        </Panel>
        <AgentList environment={environment} plane={plane} />
      </Section>
    </div>
  );
}
