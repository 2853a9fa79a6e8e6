import { Text } from '@mantine/core';
import { useDeployments } from '@/features/deployments/api';
import { ChangeList } from '@/features/deployments/change-list';
import { changesBetween, planOf } from '@/features/deployments/changes';
import { TriggerWords } from '@/features/schedules/preview';
import type { ComponentRef, ExecutionDetail } from '@/lib/types';
import { useParams } from 'react-router';
import { useEnvironments } from '@/features/environments/api';
import { SilenceNote } from '@/features/environments/silence-note';
import { useExecution } from '@/features/executions/api';
import { ExecutionView } from '@/features/executions/execution-view';
import { addresses } from '@/lib/addresses';
import { isNotFound } from '@/lib/errors';
import { LinkButton } from '@/ui/link';
import { Page } from '@/ui/page';
import { useComponentRef } from '@/ui/params';
import { Async, Empty } from '@/ui/states';

/** One execution. */
export function Component() {
  const { id = '' } = useParams();
  const ref = useComponentRef();
  const query = useExecution(id);
  if (query.data) return <ExecutionView execution={query.data} deployed={between(ref, query.data.environment)} note={<Waits for={query.data} />} />;
  return (
    <Page title="Execution" wide>
      {isNotFound(query.error) ? (
        <Empty title="There is no such execution" action={<LinkButton to={addresses.executions(ref)}>All executions of this component</LinkButton>}>
          It may have been removed together with its component.
        </Empty>
      ) : (
        <Async query={query} failed="The execution could not be loaded.">
          {() => null}
        </Async>
      )}
    </Page>
  );
}

function Waits({ for: execution }: { for: ExecutionDetail }) {
  const found = useEnvironments().data?.find((each) => each.slug === execution.environment);
  if (found?.data_plane === 'docker' && execution.state === 'queued') {
    return (
      <Text role="note" size="sm">
        {`${found.name} runs in containers: it starts once a server with a Docker Engine (--docker-host) has room.`}
      </Text>
    );
  }
  return found ? <SilenceNote environment={found} /> : null;
}

/** What is not alike in two deployments to an environment. */
const between = (component: ComponentRef, environment: string) => (before: number, after: number) => (
  <Redeployed component={component} environment={environment} before={before} after={after} />
);

interface RedeployedProps {
  component: ComponentRef;
  environment: string;
  before: number;
  after: number;
}

function Redeployed({ component, environment, before, after }: RedeployedProps) {
  const { data } = useDeployments(component);
  const numbered = (number: number) => data?.find((each) => each.environment === environment && each.number === number);
  const [one, other] = [numbered(before), numbered(after)];
  if (!one || !other) return null;
  return <ChangeList changes={changesBetween(planOf(one), planOf(other))} words={(trigger) => <TriggerWords trigger={trigger} />} />;
}
