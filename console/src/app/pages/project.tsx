import { IconClockPlus, IconPlus } from '@tabler/icons-react';
import { useParams } from 'react-router';
import { AlertSection } from '@/features/alerts/alert-section';
import { OpenIncidents } from '@/features/alerts/open-incidents';
import { useChannels } from '@/features/channels/api';
import { AddChannel } from '@/features/channels/channel-form';
import { ChannelSection } from '@/features/channels/channel-section';
import { useComponents } from '@/features/components/api';
import { ComponentTable } from '@/features/components/component-table';
import { useEnvironments } from '@/features/environments/api';
import { useProject } from '@/features/projects/api';
import { PauseProject } from '@/features/projects/pause-project';
import { ExampleBadge } from '@/features/projects/project-list';
import { Members } from '@/features/people/members';
import { useAccount } from '@/features/account/api';
import { RemoveProject } from '@/features/projects/remove-project';
import { addresses } from '@/lib/addresses';
import { letsIn } from '@/lib/roles';
import { isNotFound } from '@/lib/errors';
import { LinkButton } from '@/ui/link';
import { May } from '@/ui/may';
import { Page } from '@/ui/page';
import { Async, Empty, Loading } from '@/ui/states';
import { NotFound } from '../not-found';

export function Component() {
  const { project: slug = '' } = useParams();
  const project = useProject(slug);
  const components = useComponents(slug);
  const account = useAccount();
  const environments = useEnvironments();
  const channels = useChannels(slug);
  // Whichever answer comes first says it.
  if (!project.data && [project, components].some(({ error }) => isNotFound(error))) return <NotFound what={`There is no project “${slug}”.`} />;

  const create = (
    <May do="develop" project={slug}>
      <LinkButton to={addresses.newComponent(slug)} leftSection={<IconPlus size={15} aria-hidden />}>
        New component
      </LinkButton>
    </May>
  );
  const lead = (
    <>
      {project.data?.is_example && <ExampleBadge />} {project.data?.description}
    </>
  );
  const cards = (components.data ?? []).flatMap((component) => component.environments).filter((card) => card.deployment);
  const where = (isPaused: boolean) => cards.filter((card) => Boolean(card.deployment?.pause) === isPaused).map((card) => card.environment);
  const actions = (
    <>
      {project.data && <PauseProject project={project.data} going={where(false)} paused={where(true)} />}
      {project.data && <RemoveProject project={project.data} />}
      {components.data?.length ? create : null}
    </>
  );
  return (
    <Page title={project.data?.name ?? slug} lead={lead} actions={actions}>
      <OpenIncidents project={slug} components={components.data ?? []} environments={environments.data ?? []} />
      <Async query={components} loading={<Loading lines={5} height={44} />} failed="The components could not be loaded.">
        {(list) =>
          list.length === 0 ? (
            <Empty icon={<IconClockPlus size={22} stroke={1.6} />} title="No component yet" action={create}>
              A component is one task: its code, its builds and where it runs. Start from a template or from nothing.
            </Empty>
          ) : (
            <ComponentTable components={list} label="Components" heads />
          )
        }
      </Async>
      {project.data && components.data && environments.data && (
        <AlertSection
          project={slug}
          components={components.data}
          environments={environments.data}
          channels={channels.data}
          addChannel={(onAdded, label) => <AddChannel project={slug} onAdded={onAdded} {...(label && { label })} />}
        />
      )}
      {project.data && <ChannelSection project={slug} />}
      {project.data && <Members project={slug} canChange={letsIn(account.data?.grants ?? [], slug)} />}
    </Page>
  );
}
