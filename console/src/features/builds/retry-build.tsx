import { Button } from '@mantine/core';
import { IconHammer } from '@tabler/icons-react';
import { useNavigate } from 'react-router';
import { addresses } from '@/lib/addresses';
import type { ComponentRef } from '@/lib/types';
import { May } from '@/ui/may';
import { notifyFailed } from '@/ui/notify';
import { useRetryBuild } from './api';

/** Builds the same commit in the same way, and goes to that build's page. */
export function RetryBuild({ component, number, children }: { component: ComponentRef; number: number; children: React.ReactNode }) {
  const retry = useRetryBuild(component, number);
  const navigate = useNavigate();
  return (
    <May do="develop" project={component.project}>
      <Button
        variant="default"
        leftSection={<IconHammer size={14} aria-hidden />}
        loading={retry.isPending}
        onClick={() =>
          retry.mutate(undefined, {
            onSuccess: (build) => void navigate(addresses.build(component, build.number)),
            onError: (error) => notifyFailed(`Build ${number} could not be retried.`, error),
          })
        }
      >
        {children}
      </Button>
    </May>
  );
}
