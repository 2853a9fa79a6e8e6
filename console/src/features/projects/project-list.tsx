import { Badge, Button } from '@mantine/core';
import { IconFolderPlus, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import { addresses } from '@/lib/addresses';
import { plural } from '@/lib/format';
import type { Project } from '@/lib/types';
import { May } from '@/ui/may';
import { Page } from '@/ui/page';
import { Async, Empty, Loading } from '@/ui/states';
import { useProjects } from './api';
import { CreateProject } from './create-project';
import classes from './project-list.module.css';
import { RemoveExample } from './remove-project';

interface ProjectListProps {
  /** What is more urgent than all of them. */
  above?: React.ReactNode;
  /** What stands below a project's name: its components. */
  children: (project: Project) => React.ReactNode;
}

/** All projects, each with what it holds. */
export function ProjectList({ above, children }: ProjectListProps) {
  const [creating, setCreating] = useState(false);
  const projects = useProjects();
  const create = (
    <May do="develop" project={null}>
      <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setCreating(true)}>
        New project
      </Button>
    </May>
  );
  const some = Boolean(projects.data?.length);
  return (
    <Page title="Projects" actions={some && create}>
      {above}
      <Async query={projects} loading={<Loading lines={5} />} failed="The projects could not be loaded.">
        {(list) =>
          list.length === 0 ? (
            <Empty icon={<IconFolderPlus size={22} stroke={1.6} />} title="No project yet" action={create}>
              A project holds tasks that belong together, from their first line to production.
            </Empty>
          ) : (
            list.map((project) => (
              <section key={project.slug} className={classes['project']} aria-label={project.name}>
                <ProjectHeader project={project} />
                {children(project)}
              </section>
            ))
          )
        }
      </Async>
      <CreateProject opened={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}

function ProjectHeader({ project }: { project: Project }) {
  return (
    <div className={classes['header']}>
      <h2 className={classes['name']}>
        <Link to={addresses.project(project.slug)}>{project.name}</Link>
      </h2>
      {project.is_example && <ExampleBadge />}
      <span className={classes['count']}>{plural(project.components, 'component')}</span>
      {project.description && <span className={classes['description']}>{project.description}</span>}
      {project.is_example && (
        <span className={classes['aside']}>
          <RemoveExample project={project} />
        </span>
      )}
    </div>
  );
}

export function ExampleBadge() {
  return (
    <Badge variant="light" size="sm" radius="sm" tt="none">
      Example
    </Badge>
  );
}
