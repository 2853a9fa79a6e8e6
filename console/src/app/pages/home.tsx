import { DecidedForMe, WaitingForMe } from '@/features/approvals/waiting';
import { OpenIncidents } from '@/features/alerts/open-incidents';
import { useComponents } from '@/features/components/api';
import { ComponentTable } from '@/features/components/component-table';
import { useEnvironments } from '@/features/environments/api';
import { ProjectList } from '@/features/projects/project-list';
import { addresses } from '@/lib/addresses';
import type { Project } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { useMay } from '@/ui/may';
import { Async, Loading } from '@/ui/states';
import classes from './home.module.css';

/** Every project with its components: whether all is well, at a glance. */
export function Component() {
  const urgent = (
    <>
      <WaitingForMe />
      <DecidedForMe />
    </>
  );
  return <ProjectList above={urgent}>{(project) => <Components project={project} />}</ProjectList>;
}

function Components({ project }: { project: Project }) {
  const components = useComponents(project.slug);
  const environments = useEnvironments();
  const mayCreate = useMay('develop', { project: project.slug });
  return (
    <Async query={components} loading={<Loading lines={Math.min(4, Math.max(1, project.components))} />}>
      {(list) =>
        list.length === 0 ? (
          <p className={classes['empty']}>
            Nothing in it yet. {mayCreate && <TextLink to={addresses.newComponent(project.slug)}>Create a component</TextLink>}
          </p>
        ) : (
          <>
            <OpenIncidents project={project.slug} components={list} environments={environments.data ?? []} />
            <ComponentTable components={list} label={`Components of ${project.name}`} />
          </>
        )
      }
    </Async>
  );
}
