import { Environments } from '@/features/environments/environments';

export function Component() {
  return <Environments />;
}
