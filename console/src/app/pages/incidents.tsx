import { useParams } from 'react-router';
import { IncidentList } from '@/features/alerts/incident-list';
import { useChannels } from '@/features/channels/api';
import { useComponents } from '@/features/components/api';
import { useEnvironments } from '@/features/environments/api';
import { useProject } from '@/features/projects/api';
import { addresses } from '@/lib/addresses';
import { isNotFound } from '@/lib/errors';
import { TextLink } from '@/ui/link';
import { Page } from '@/ui/page';
import { NotFound } from '../not-found';

/** What came of the alerts of a project. */
export function Component() {
  const { project = '' } = useParams();
  const { data, error } = useProject(project);
  const components = useComponents(project);
  const environments = useEnvironments();
  const channels = useChannels(project);
  if (!data && isNotFound(error)) return <NotFound what={`There is no project “${project}”.`} />;
  return (
    <Page
      title="Incidents"
      lead={
        <>
          What <TextLink to={`${addresses.project(project)}#alerts`}>the alerts of {data?.name ?? project}</TextLink> found: each is told when it begins and when it is over.
        </>
      }
    >
      <IncidentList project={project} components={components.data ?? []} environments={environments.data ?? []} channels={channels.data ?? []} />
    </Page>
  );
}
