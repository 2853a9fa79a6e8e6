import { Button, Modal } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { plural } from '@/lib/format';
import type { Project } from '@/lib/types';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { PauseQuestion } from '@/ui/pause-question';
import { usePauseProject, useResumeProject } from './api';

interface PauseProjectProps {
  project: Project;
  /** How many of its deployments are not paused, and how many are. */
  going: number;
  paused: number;
}

/** Pauses, or resumes, all that a project has deployed. */
export function PauseProject({ project, going, paused }: PauseProjectProps) {
  const [opened, { open, close }] = useDisclosure();
  return (
    <>
      {going > 0 && (
        <May do="operate" project={project.slug}>
          <Button variant="default" onClick={open}>
            Pause all…
          </Button>
        </May>
      )}
      {paused > 0 && <ResumeAll project={project} />}
      <Modal opened={opened} onClose={close} title={`Pause all of ${project.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Question project={project} going={going} onClose={close} />
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

function ResumeAll({ project }: { project: Project }) {
  const resume = useResumeProject(project.slug);
  const click = () =>
    resume.mutate(undefined, {
      onSuccess: (changed) => notifyDone(`${plural(changed.length, 'deployment')} resumed.`),
      onError: (error) => notifyFailed(`${project.name} could not be resumed.`, error),
    });
  return (
    <May do="operate" project={project.slug}>
      <Button variant="default" onClick={click} loading={resume.isPending}>
        Resume all
      </Button>
    </May>
  );
}
