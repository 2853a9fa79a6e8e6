import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { plural } from '@/lib/format';
import type { Environment, Project } from '@/lib/types';
import { May, useRefusedIn } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { PauseQuestion } from '@/ui/pause-question';
import { usePauseProject, useResumeProject } from './api';

interface PauseProjectProps {
  project: Project;
  /** Where its deployments that are not paused are, and where those that are: an environment for each. */
  going: readonly Environment[];
  paused: readonly Environment[];
}

/** Pauses, or resumes, all that a project has deployed. */
export function PauseProject({ project, going, paused }: PauseProjectProps) {
  const [opened, { open, close }] = useDisclosure();
  const refused = useRefusedIn(project.slug, [...going, ...paused]);
  return (
    <>
      {going.length > 0 && (
        <May do="operate" project={project.slug} environment={refused}>
          <Button variant="default" onClick={open}>
            Pause all…
          </Button>
        </May>
      )}
      {paused.length > 0 && <ResumeAll project={project} refused={refused} />}
      <Modal opened={opened} onClose={close} title={`Pause all of ${project.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Question project={project} going={going.length} onClose={close} />
      </Modal>
    </>
  );
}

function Question({ project, going, onClose }: { project: Project; going: number; onClose: () => void }) {
  const pause = usePauseProject(project.slug);
  const done = (changed: unknown[]) => {
    notifyDone(`${plural(changed.length, 'deployment')} paused.`);
    onClose();
  };
  return (
    <PauseQuestion
      command={`project pause ${project.slug}`}
      onPause={(wish) => pause.mutate(wish, { onSuccess: done })}
      onCancel={onClose}
      busy={pause.isPending}
      error={pause.error}
    >
      What falls due in {plural(going, 'deployment')} is recorded as skipped until it is resumed. What runs now goes on, and what is paused already stays as it is.
    </PauseQuestion>
  );
}

function ResumeAll({ project, refused }: { project: Project; refused: Environment | undefined }) {
  const resume = useResumeProject(project.slug);
  const click = () =>
    resume.mutate(undefined, {
      onSuccess: (changed) => notifyDone(`${plural(changed.length, 'deployment')} resumed.`),
      onError: (error) => notifyFailed(`${project.name} could not be resumed.`, error),
    });
  return (
    <May do="operate" project={project.slug} environment={refused}>
      <Button variant="default" onClick={click} loading={resume.isPending}>
        Resume all
      </Button>
    </May>
  );
}
