import { Button, type ButtonProps } from '@mantine/core';
import { IconHammer } from '@tabler/icons-react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import type { ComponentRef } from '@/lib/types';
import { May } from '@/ui/may';
import { notifyFailed } from '@/ui/notify';
import { useStartBuild } from './api';

interface StartBuildProps extends ButtonProps {
  component: ComponentRef;
  /** The commit's whole hash; the newest one when not given. */
  commit?: string;
  /** Also when a build of the commit has succeeded. */
  again?: boolean;
  /** Of a connected repository: for which of the branches that it follows. */
  branch?: string | null;
  children: React.ReactNode;
}

/** Builds a commit and goes to the build's page, where its log runs. */
export function StartBuild({ component, commit, again = false, branch = null, children, ...look }: StartBuildProps) {
  const start = useStartBuild(component);
  const navigate = useNavigate();
  return (
    <May do="develop" project={component.project}>
      <Button
        leftSection={<IconHammer size={14} aria-hidden />}
        {...look}
        loading={start.isPending}
        onClick={() =>
          start.mutate({ ...(commit !== undefined && { commit }), ...(branch !== null && { branch }), again }, {
            onSuccess: (build) => void navigate(addresses.build(component, build.number)),
            onError: (error) => notifyFailed('The build could not be started.', error),
          })
        }
      >
        {children}
      </Button>
    </May>
  );
}
