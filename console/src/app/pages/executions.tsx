import { useMemo } from 'react';
import { BackfillButton } from '@/features/backfills/backfill-dialog';
import { OpenBackfills } from '@/features/backfills/backfill-list';
import { useComponent } from '@/features/components/api';
import { ExecutionList, NoExecutions } from '@/features/executions/execution-list';
import { addresses } from '@/lib/addresses';
import { CliHint } from '@/ui/cli-hint';
import { LinkButton } from '@/ui/link';
import { Page } from '@/ui/page';
import { useComponentRef } from '@/ui/params';

/** A component's executions. */
export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const within = useMemo(() => ({ project: ref.project, component: ref.component }), [ref]);
  return (
    <Page
      title="Executions"
      lead="Every occurrence that a schedule promised and every start by hand, and what became of it."
      actions={
        <>
          <CliHint command={`executions ${ref.project}/${ref.component}`} />
          {component.data && <BackfillButton component={ref} cards={component.data.environments} />}
        </>
      }
      wide
    >
      <OpenBackfills component={ref} />
      <ExecutionList
        key={`${ref.project}/${ref.component}`}
        within={within}
        empty={
          <NoExecutions action={<LinkButton to={addresses.deploy(ref)}>Go to Deploy</LinkButton>}>
            Executions appear here when a deployment’s schedule falls due, or when you press “Run now” on an environment’s card.
          </NoExecutions>
        }
      />
    </Page>
  );
}
