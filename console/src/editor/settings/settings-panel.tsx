import { useQuery } from '@tanstack/react-query';
import { Async, Loading } from '@/ui/states';
import { readSettings } from '../flow-api';
import type { PanelProps } from '../side-panel';
import classes from './settings-panel.module.css';

/** What the task can be given: the settings that its source declares. */
export function SettingsPanel({ getText, drawn }: PanelProps) {
  const text = drawn?.text ?? getText();
  const settings = useQuery({ queryKey: ['settings', text], queryFn: () => readSettings(text), placeholderData: (before) => before });
  return (
    <Async query={settings} loading={<Loading lines={4} height={20} />} failed="The configuration could not be read.">
      {(found) =>
        found.settings.length === 0 ? (
          <p className={classes['none']}>This file declares no configuration.</p>
        ) : (
          <ul className={classes['settings']}>
            {found.settings.map((setting) => (
              <li key={setting.name}>
                <span className="mono">{setting.name}</span> {setting.type}
                {setting.description && <p>{setting.description}</p>}
              </li>
            ))}
          </ul>
        )
      }
    </Async>
  );
}
