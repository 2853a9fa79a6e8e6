/** Requests and changes as a person says them. */
import type { DeploymentChange, DeploymentRequest } from '@/lib/types';

export const STATUS: Record<DeploymentRequest['status'], string> = {
  open: 'Waits for approval',
  approved: 'Approved',
  rejected: 'Rejected',
  cancelled: 'Taken back',
  expired: 'Expired',
  failed: 'Could not be deployed',
};

export function changeWords({ part, name, before, after }: DeploymentChange): string {
  if (part === 'pause') return 'Stays paused';
  const what = name.replaceAll('_', ' ');
  if (part === 'setting' && before === null && after === null) return `${name} (a secret)`;
  return `${part === 'setting' ? name : what}: ${before ?? 'none'} → ${after ?? 'none'}`;
}
