import { Link, useParams } from 'react-router';
import { useComponents } from '@/features/components/api';
import { useProject } from '@/features/projects/api';
import { addresses } from '@/lib/addresses';
import classes from './breadcrumb.module.css';

/** Where one is: project / component. */
export function Breadcrumb() {
  const { project, component } = useParams();
  if (!project) return null;
  return (
    <nav aria-label="Breadcrumb" className={classes['breadcrumb']}>
      <ol>
        <li>
          <ProjectCrumb project={project} current={!component} />
        </li>
        {component && (
          <li>
            <ComponentCrumb project={project} component={component} />
          </li>
        )}
      </ol>
    </nav>
  );
}

function ProjectCrumb({ project, current }: { project: string; current: boolean }) {
  const { data } = useProject(project);
  return (
    <Link to={addresses.project(project)} aria-current={current ? 'page' : undefined}>
      {data?.name ?? project}
    </Link>
  );
}

function ComponentCrumb({ project, component }: { project: string; component: string }) {
  const { data } = useComponents(project);
  const name = data?.find((each) => each.slug === component)?.name ?? component;
  return <Link to={addresses.overview({ project, component })}>{name}</Link>;
}
