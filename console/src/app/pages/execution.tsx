import { useParams } from 'react-router';
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
  if (query.data) return <ExecutionView execution={query.data} />;
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
