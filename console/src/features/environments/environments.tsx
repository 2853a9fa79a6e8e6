import { useState } from 'react';
import type { Environment } from '@/lib/types';
import { Page, Panel, Section } from '@/ui/page';
import { Async } from '@/ui/states';
import { AgentList } from './agent-list';
import { useEnvironments, useRetention } from './api';
import { EnvironmentForm } from './environment-form';

/** Every environment, in the order of promotion, with what may be set about it. */
export function Environments() {
  const environments = useEnvironments();
  return (
    <Page title="Environments" lead="Where releases are deployed, in the order in which they are promoted.">
      <Async query={environments} failed="The environments could not be loaded.">
        {(all) => all.map((each) => <EnvironmentSection key={each.slug} environment={each} />)}
      </Async>
    </Page>
  );
}

function EnvironmentSection({ environment }: { environment: Environment }) {
  const retention = useRetention(environment.slug);
  const [chosen, choose] = useState<Environment['data_plane'] | null>(null);
  const plane = chosen ?? environment.data_plane;
  return (
    <Section title={environment.name}>
      <Panel>
        <Async query={retention} failed="Its settings could not be loaded.">
          {(kept) => (
            <EnvironmentForm key={JSON.stringify([kept, environment])} environment={environment} retention={kept} plane={plane} onPlane={choose} />
          )}
        </Async>
      </Panel>
      <AgentList environment={environment} plane={plane} />
    </Section>
  );
}
