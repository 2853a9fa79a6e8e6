import { BuildSettings } from '@/features/builds/build-settings';
import { useComponent } from '@/features/components/api';
import { Settings } from '@/features/components/settings';
import { ConnectionSection } from '@/features/connections/connection-section';
import { useComponentRef } from '@/ui/params';

export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const environments = component.data?.environments.map((card) => card.environment) ?? [];
  return (
    <Settings
      of={ref}
      connection={<ConnectionSection of={ref} environments={environments} />}
      building={<BuildSettings of={ref} />}
    />
  );
}
