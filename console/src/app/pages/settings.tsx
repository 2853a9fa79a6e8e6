import { Settings } from '@/features/components/settings';
import { useComponentRef } from '@/ui/params';

export function Component() {
  return <Settings of={useComponentRef()} />;
}
