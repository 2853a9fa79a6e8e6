import { ActionIcon, Popover, TextInput, Tooltip } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import type { Known } from '@/lib/types';
import classes from './form.module.css';

interface InsertsProps {
  /** Of which field. */
  label: string;
  known: readonly Known[];
  /** `back` letters before the end of the text is where one goes on. */
  onInsert: (text: string, back: number) => void;
}

const GROUPS: readonly { title: string; kinds: readonly Known['kind'][] }[] = [
  { title: 'Inputs', kinds: ['input'] },
  { title: 'Variables', kinds: ['variable', 'connection'] },
  { title: 'Configuration', kinds: ['setting'] },
  { title: 'Functions', kinds: ['function', 'class'] },
  { title: 'Imported', kinds: ['import'] },
];

/** What the step can use, to put it where the cursor is. */
export function Inserts({ label, known, onInsert }: InsertsProps) {
  const [opened, setOpened] = useState(false);
  const [sought, setSought] = useState('');
  const close = () => {
    setOpened(false);
    setSought('');
  };
  const choose = (each: Known) => {
    close();
    const isCalled = each.kind === 'function' || each.kind === 'class';
    onInsert(isCalled ? `${each.insert}()` : each.insert, isCalled ? 1 : 0);
  };
  const groups = GROUPS.map(({ title, kinds }) => ({ title, items: known.filter((each) => kinds.includes(each.kind) && each.insert.toLowerCase().includes(sought.toLowerCase())) }));
  const found = groups.filter(({ items }) => items.length > 0);
  return (
    <Popover opened={opened} onChange={(next) => (next ? setOpened(true) : close())} position="bottom-end" width={320} shadow="md" trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Tooltip label="Insert what this step can use">
          <ActionIcon size="sm" className={classes['insert'] ?? ''} aria-label={`Insert into ${label}`} onMouseDown={(event) => event.preventDefault()} onClick={() => (opened ? close() : setOpened(true))}>
            <IconPlus size={14} stroke={1.8} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown aria-label={`What ${label} can use`} p={8} onKeyDown={(event) => event.key === 'Escape' && event.stopPropagation()}>
        <TextInput data-autofocus size="xs" aria-label="Search" placeholder="Search" value={sought} onChange={(event) => setSought(event.currentTarget.value)} />
        <div className={classes['inserts']}>
          {found.length === 0 && <p className={classes['nothing']}>Nothing of this name can be used here.</p>}
          {found.map(({ title, items }) => (
            <section key={title} aria-label={title}>
              <h3>{title}</h3>
              {items.map((each) => (
                <button key={each.insert} type="button" title={each.documentation ?? undefined} onClick={() => choose(each)}>
                  <code>{each.insert}</code>
                  {each.detail && <span>{each.detail}</span>}
                </button>
              ))}
            </section>
          ))}
        </div>
      </Popover.Dropdown>
    </Popover>
  );
}
