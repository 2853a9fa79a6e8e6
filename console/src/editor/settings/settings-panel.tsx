import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots, IconKey, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { hasEntry } from '@/flow/steps';
import type { Declared, Setting } from '@/lib/types';
import { Async, Empty, Loading } from '@/ui/states';
import { CreateMain } from '../create-main';
import { settingsQuery } from '../flow-api';
import type { PanelProps } from '../side-panel';
import { SettingForm } from './setting-form';
import classes from './settings.module.css';
import { configName, stepWith, usesOf } from './uses';
import { needWords, NEW, typeWords, wishOf } from './wish';

// The file that has the task's main.
const MAIN = 'main.py';

/** What the task can be given: the settings that its source declares, to add to and to change. */
export function SettingsPanel({ path, getText, drawn, selected, apply, onGo }: PanelProps) {
  const text = drawn?.text ?? getText();
  const settings = useQuery({ ...settingsQuery(text), placeholderData: (before: Declared | undefined) => before });
  const [edited, setEdited] = useState<Setting | 'new' | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const config = drawn ? configName(drawn.flow) : null;
  if (edited !== null) {
    const was = edited === 'new' ? null : edited.name;
    return (
      <SettingForm
        initial={edited === 'new' ? NEW : wishOf(edited)}
        isNew={was === null}
        onCancel={() => setEdited(null)}
        onSave={async (setting) => {
          const told = await apply({ op: 'declare', setting, was });
          if (told === null) setEdited(null);
          return told;
        }}
      />
    );
  }
  const use = async (name: string) => {
    const operation = drawn && stepWith(drawn, selected, name);
    setRefused(operation ? await apply(operation) : 'There is no function main that takes the configuration.');
  };
  return (
    <div className={classes['panel']}>
      <Async query={settings} loading={<Loading lines={4} height={20} />} failed="The configuration could not be read.">
        {(found) => (
          <>
            <Problems found={found} text={text} onGo={onGo} />
            {refused !== null && (
              <p className={classes['wrong']} role="alert">
                {refused}
              </p>
            )}
            {found.settings.length === 0 && found.problems.length === 0 && (
              <Empty title="No settings yet">A setting is what may differ where the task is deployed: an address, a limit, a token.</Empty>
            )}
            <ul className={classes['settings']} aria-label="Settings">
              {found.settings.map((setting) => (
                <One
                  key={setting.name}
                  setting={setting}
                  uses={config === null ? 0 : usesOf(text, config, setting.name)}
                  onEdit={() => setEdited(setting)}
                  onUse={() => void use(setting.name)}
                  onDelete={async () => setRefused(await apply({ op: 'undeclare', name: setting.name }))}
                />
              ))}
            </ul>
            {drawn && path === MAIN && (
              <CreateMain flow={drawn.flow} apply={apply}>
                Settings are given to main, the function that the platform calls. This file has none yet.
              </CreateMain>
            )}
            <Button variant="default" disabled={drawn !== null && !hasEntry(drawn.flow)} leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setEdited('new')}>
              Add a setting
            </Button>
          </>
        )}
      </Async>
    </div>
  );
}

interface OneProps {
  setting: Setting;
  /** How often the code says it. */
  uses: number;
  onEdit: () => void;
  onUse: () => void;
  onDelete: () => Promise<void>;
}

function One({ setting, uses, onEdit, onUse, onDelete }: OneProps) {
  const [isAsking, setAsking] = useState(false);
  return (
    <li>
      <button type="button" className={classes['open']} onClick={onEdit}>
        <span className={classes['name']}>
          {setting.type === 'secret' && <IconKey size={13} stroke={1.8} aria-hidden />}
          <code>{setting.name}</code>
        </span>
        <span className={classes['type']}>
          {typeWords(setting)}, {needWords(setting)}
        </span>
        {setting.description && <span className={classes['about']}>{setting.description}</span>}
      </button>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon size="sm" aria-label={`More for ${setting.name}`}>
            <IconDots size={15} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onEdit}>Edit</Menu.Item>
          <Menu.Item onClick={onUse}>Use in a step</Menu.Item>
          <Menu.Item color="red" onClick={() => (uses > 0 ? setAsking(true) : void onDelete())}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {isAsking && (
        <div className={classes['asking']} role="group" aria-label={`Delete ${setting.name}`}>
          <p>{uses === 1 ? 'One place in the code uses it, and will fail.' : `${uses} places in the code use it, and will fail.`}</p>
          <Button color="red" onClick={() => void onDelete()}>
            Delete
          </Button>
          <Button variant="default" data-autofocus autoFocus onClick={() => setAsking(false)}>
            Keep
          </Button>
        </div>
      )}
    </li>
  );
}

/** What is wrong with what the code declares, each with the way to its line. */
function Problems({ found, text, onGo }: { found: Declared; text: string; onGo: (place: number) => void }) {
  if (found.problems.length === 0) return null;
  return (
    <ul className={classes['problems']} aria-label="Problems">
      {found.problems.map((problem) => (
        <li key={`${problem.line} ${problem.message}`}>
          {problem.message}{' '}
          {problem.line !== null && (
            <button type="button" onClick={() => onGo(startOf(text, problem.line ?? 1))}>
              Line {problem.line}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** The place where a line begins, counted from 1. */
const startOf = (text: string, line: number): number => text.split('\n').slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
