import { useAccount } from '@/features/account/api';
import { AlertSection } from '@/features/alerts/alert-section';
import { BuildSettings } from '@/features/builds/build-settings';
import { useChannels } from '@/features/channels/api';
import { AddChannel } from '@/features/channels/channel-form';
import { useComponent } from '@/features/components/api';
import { ConfigurationSection } from '@/features/configuration/configuration-section';
import type { ValueField } from '@/features/configuration/edit-value';
import { Settings } from '@/features/components/settings';
import { ConnectionSection } from '@/features/connections/connection-section';
import { DeclarationSection } from '@/features/declarations/declaration-section';
import { ConfigurationFields } from '@/features/deployments/configuration-fields';
import { isSecretWish } from '@/features/deployments/wish';
import { addresses } from '@/lib/addresses';
import { letsIn } from '@/lib/roles';
import { TextLink } from '@/ui/link';
import { useComponentRef } from '@/ui/params';

export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const account = useAccount();
  const channels = useChannels(ref.project);
  const environments = component.data?.environments.map((card) => card.environment) ?? [];
  return (
    <Settings
      of={ref}
      configuration={<ConfigurationSection of={ref} field={FIELD} />}
      connection={<ConnectionSection of={ref} environments={environments} />}
      alerts={
        component.data && (
          <AlertSection
            project={ref.project}
            component={ref.component}
            components={[component.data]}
            environments={environments}
            channels={channels.data}
            addChannel={(onAdded, label) => <AddChannel project={ref.project} onAdded={onAdded} {...(label && { label })} />}
          />
        )
      }
      building={<BuildSettings of={ref} />}
      trail={letsIn(account.data?.grants ?? [], ref.project) && <TextLink to={addresses.audit(`${ref.project}/${ref.component}`)}>Who changed what here: the audit trail</TextLink>}
      asCode={<DeclarationSection of={ref} environments={environments} />}
    />
  );
}

const NONE: ReadonlySet<string> = new Set();

/** A value is filled in as for a deployment; a secret there says what becomes of the one before, here it is text. */
const FIELD: ValueField = ({ setting, value, onChange, error }) => (
  <ConfigurationFields
    settings={[setting]}
    values={{ [setting.name]: setting.type === 'secret' ? { secret: 'replace', text: typeof value === 'string' ? value : '' } : value }}
    onChange={(_, next) => onChange(isSecretWish(next) ? (next.secret === 'replace' ? next.text : '') : next)}
    errors={{ [`configuration.${setting.name}`]: error }}
    kept={NONE}
    keptBy=""
  />
);
