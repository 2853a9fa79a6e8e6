import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useDeployments } from '@/features/deployments/api';
import { useEnvironments } from '@/features/executions/api';
import { ExecutionList } from '@/features/executions/execution-list';
import { useDeliveryIn, useOutcomes, usePromisesIn } from '@/features/metrics/api';
import { spanInZone, totals } from '@/features/metrics/buckets';
import type { Mark } from '@/features/metrics/chart-option';
import { DeliverySentence } from '@/features/metrics/delivery-sentence';
import { ObserveChart, ObserveControls } from '@/features/metrics/observe';
import { useObserveAddress } from '@/features/metrics/observe-address';
import { PromisesTable } from '@/features/metrics/promises-table';
import { RANGE_WORDS } from '@/features/metrics/window';
import { addresses } from '@/lib/addresses';
import type { Deployment } from '@/lib/types';
import { LinkButton } from '@/ui/link';
import { Page, Panel, Section } from '@/ui/page';
import { useComponentRef } from '@/ui/params';

/** A component over time: what became of what was promised, how long it took, and the executions behind it. */
export function Component() {
  const ref = useComponentRef();
  const address = useObserveAddress();
  const [shown, change] = address;
  const environments = useEnvironments();
  const scope = useMemo(
    () => ({ project: ref.project, component: ref.component, ...(shown.environment && { environment: shown.environment }) }),
    [ref, shown.environment],
  );
  const delivery = useDeliveryIn(scope, shown.window);
  // Of every environment, also when one is chosen: the others are a click away.
  const promises = usePromisesIn(ref, shown.window).data ?? [];
  // The chart asks the same; the list below begins where the chart does.
  const outcomes = useOutcomes(scope, shown.window).data;
  const isEmpty = outcomes !== undefined && totals(outcomes).length === 0;
  const start = outcomes?.start;
  const within = useMemo(
    () => ({ ...scope, ...(shown.bucket ?? shown.zoom ?? (start && { start })) }),
    [scope, shown.bucket, shown.zoom, start],
  );
  const deployments = useDeployments(ref);
  const marks = useMemo(() => marksOf(deployments.data ?? [], shown.environment), [deployments.data, shown.environment]);
  const when = shown.zoom ? `in the time ${spanInZone(shown.zoom)}` : `in the last ${RANGE_WORDS[shown.range]}`;

  return (
    <Page
      title="Observe"
      lead={delivery.data ? <DeliverySentence delivery={delivery.data} when={when} /> : 'What became of what the schedules promised.'}
      actions={<ObserveControls address={address} environments={environments.data ?? []} />}
      wide
    >
      <ObserveChart
        address={address}
        scope={scope}
        marks={marks}
        emptyAction={<LinkButton to={addresses.deploy(ref)}>Go to Deploy</LinkButton>}
      />
      {promises.length > 0 && (
        <Section title="Promised against delivered">
          <Panel>
            <PromisesTable places={promises} environments={environments.data ?? []} chosen={shown.environment} onChoose={(environment) => change({ environment })} />
          </Panel>
        </Section>
      )}
      {!isEmpty && (
        <Section
          title="Executions"
          aside={
            shown.bucket && (
              <Button variant="default" rightSection={<IconX size={13} aria-hidden />} onClick={() => change({ bucket: null })}>
                Only {spanInZone(shown.bucket)}
              </Button>
            )
          }
        >
          <ExecutionList key={`${ref.project}/${ref.component}`} within={within} bare empty="No execution was due in this time." />
        </Section>
      )}
    </Page>
  );
}

/** Deployments of what is shown, and since when it is paused. */
function marksOf(deployments: readonly Deployment[], environment: string | null): Mark[] {
  return deployments
    .filter((each) => environment === null || each.environment === environment)
    .flatMap((each) => [
      { at: each.created_at, label: `#${each.number}` },
      ...(each.pause && each.status === 'active' ? [{ at: each.pause.at, label: 'paused' }] : []),
    ]);
}
