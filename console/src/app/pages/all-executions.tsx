import { ExecutionList, NoExecutions } from '@/features/executions/execution-list';
import { useProjects } from '@/features/projects/api';
import { addresses } from '@/lib/addresses';
import { CliHint } from '@/ui/cli-hint';
import { LinkButton } from '@/ui/link';
import { Page } from '@/ui/page';

const EVERYTHING = {};

/** The executions of every project. */
export function Component() {
  const projects = useProjects();
  const options = projects.data?.map(({ slug, name }) => ({ value: slug, label: name })) ?? [];
  return (
    <Page title="Executions" lead="Of every component in every project." actions={<CliHint command="executions" />} wide>
      <ExecutionList
        within={EVERYTHING}
        projects={options}
        empty={
          <NoExecutions action={<LinkButton to={addresses.home}>Go to the projects</LinkButton>}>
            Executions appear here as soon as a component is deployed.
          </NoExecutions>
        }
      />
    </Page>
  );
}
