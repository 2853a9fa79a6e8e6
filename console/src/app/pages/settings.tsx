import { Settings } from '@/features/components/settings';
import { ConnectionSection } from '@/features/connections/connection-section';
import { useComponentRef } from '@/ui/params';

export function Component() {
  const ref = useComponentRef();
  return <Settings of={ref} connection={<ConnectionSection of={ref} />} />;
}
