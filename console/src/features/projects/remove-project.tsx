import { Button } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import { plural } from '@/lib/format';
import type { Project } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { ConfirmByName } from '@/ui/confirm-by-name';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { useDeleteProject } from './api';

/** Removes the example in one click; any other project after its name was typed. Goes to the projects afterwards. */
export function RemoveProject({ project }: { project: Project }) {
  return project.is_example ? <RemoveExample project={project} /> : <DeleteProject project={project} />;
}

export function RemoveExample({ project }: { project: Project }) {
  const remove = useDeleteProject();
  const navigate = useNavigate();
  const click = () =>
    remove.mutate(project.slug, {
      onSuccess: () => {
        notifyDone('The example is gone.');
        void navigate(addresses.home);
      },
      onError: (error) => notifyFailed('The example is still there', error),
    });
  return (
    <May do="administer" project={project.slug}>
      <Button variant="default" onClick={click} loading={remove.isPending}>
        Remove example
      </Button>
    </May>
  );
}

function DeleteProject({ project }: { project: Project }) {
  const [asked, setAsked] = useState(false);
  const remove = useDeleteProject();
  const navigate = useNavigate();
  const confirm = () => remove.mutate(project.slug, { onSuccess: () => void navigate(addresses.home) });
  return (
    <>
      <May do="administer" project={project.slug}>
        <Button variant="default" onClick={() => setAsked(true)}>
          Delete…
        </Button>
      </May>
      <ConfirmByName
        opened={asked}
        onClose={() => setAsked(false)}
        title={`Delete ${project.name}`}
        name={project.slug}
        action="Delete the project"
        onConfirm={confirm}
        busy={remove.isPending}
        error={remove.error}
      >
        What runs in it is stopped, and {plural(project.components, 'component')} with their source, builds, logs and
        history are deleted for good.
        <div style={{ marginTop: 10 }}>
          <CliHint command={`project delete ${project.slug}`} />
        </div>
      </ConfirmByName>
    </>
  );
}
