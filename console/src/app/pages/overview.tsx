import { IconCode } from '@tabler/icons-react';
import { OpenIncidents } from '@/features/alerts/open-incidents';
import { useBuilds } from '@/features/builds/api';
import { useComponent, useHead } from '@/features/components/api';
import { addresses } from '@/lib/addresses';
import type { ComponentSummary } from '@/lib/types';
import { LinkButton } from '@/ui/link';
import { Page, Section } from '@/ui/page';
import { useComponentRef } from '@/ui/params';
import { Async, Loading } from '@/ui/states';
import { Environments } from '../overview/environments';
import { nextStep } from '../overview/next-step';
import { NextStepPanel } from '../overview/next-step-panel';
import { RecentFailures } from '../overview/recent-failures';
import { Recent } from '../overview/recent';
import { Sentence } from '../overview/sentence';

/** How the component is, in a sentence first; then what it did, where it runs and what to do next. */
export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const builds = useBuilds(ref);
  const head = useHead(ref);
  const known = component.data && builds.data && head.data !== undefined;
  const step = known ? nextStep(component.data, builds.data, head.data) : null;
  return (
    <Page
      wide
      title={component.data?.name ?? ref.component}
      lead={component.data && <Lead of={component.data} />}
      actions={
        known && !step && (
          <LinkButton to={addresses.develop(ref)} leftSection={<IconCode size={15} aria-hidden />}>
            Develop
          </LinkButton>
        )
      }
    >
      {component.data && (
        <OpenIncidents project={ref.project} component={ref.component} environments={component.data.environments.map((card) => card.environment)} />
      )}
      {step && <NextStepPanel step={step} />}
      <Async query={component} loading={<Loading lines={4} height={60} />} failed="The component could not be loaded.">
        {({ environments }) => {
          const deployed = environments.filter((card) => card.deployment);
          return (
            <>
              {deployed.length > 0 && (
                <Section title="Recent occurrences">
                  <Recent of={ref} cards={deployed} />
                </Section>
              )}
              <Section title="Environments">
                <Environments of={ref} cards={environments} />
              </Section>
              {deployed.length > 0 && <RecentFailures of={ref} cards={environments} />}
            </>
          );
        }}
      </Async>
    </Page>
  );
}

function Lead({ of }: { of: ComponentSummary }) {
  return (
    <>
      <p style={{ margin: 0, color: 'var(--ink)', fontSize: 'var(--mantine-font-size-md)' }}>
        <Sentence of={{ project: of.project, component: of.slug }} cards={of.environments} />
      </p>
      {of.description}
    </>
  );
}
