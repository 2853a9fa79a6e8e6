import { ActionIcon, Button, SegmentedControl, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconAlertCircle, IconArrowBarToDown, IconChevronDown, IconChevronUp, IconDownload, IconSearch, IconTextWrap } from '@tabler/icons-react';
import { useState } from 'react';
import { count, plural } from '@/lib/format';
import type { Execution } from '@/lib/types';
import { logTextUrl } from '../api';
import { isLevel, type Level } from './lines';
import classes from './log.module.css';
import type { FollowedLog } from './use-log';

interface LogToolbarProps {
  execution: Execution;
  live: FollowedLog['live'];
  total: number;
  loaded: number;
  /** How many lines pass the level filter; null without one. */
  shown: number | null;
  /** Lines are still being fetched for the search or the filter. */
  reading: boolean;
  find: string;
  onFind: (text: string) => void;
  /** The numbers of the lines that hold what is looked for; null when nothing is. */
  matches: readonly number[] | null;
  line: number | null;
  onStep: (by: 1 | -1) => void;
  level: Level | null;
  onLevel: (level: Level | null) => void;
  noError: boolean;
  onError: () => void;
  follow: boolean;
  /** Without it, the log does not grow any more. */
  onFollow: ((follow: boolean) => void) | undefined;
  wrap: boolean;
  onWrap: (wrap: boolean) => void;
}

const LEVEL_OPTIONS = [
  { value: 'all', label: 'All' },
  { value: 'info', label: 'Info+' },
  { value: 'warning', label: 'Warn+' },
  { value: 'error', label: 'Errors' },
];

/** Search, levels, jumps and switches above a log. */
export function LogToolbar(props: LogToolbarProps) {
  return (
    <div className={classes['toolbar']}>
      <Find {...props} />
      <SegmentedControl
        size="xs"
        aria-label="Level"
        data={LEVEL_OPTIONS}
        value={props.level ?? 'all'}
        onChange={(value) => props.onLevel(isLevel(value) ? value : null)}
      />
      <Button
        variant="default"
        leftSection={<IconAlertCircle size={14} aria-hidden />}
        onClick={props.onError}
        disabled={props.noError || props.total === 0}
      >
        {props.noError ? 'No error in it' : 'First error'}
      </Button>
      <span className={classes['extent']} role="status">
        {extent(props)}
      </span>
      <span className={classes['switches']}>
        {props.onFollow && (
          <Toggle label="Follow" Icon={IconArrowBarToDown} pressed={props.follow} onChange={props.onFollow} about="Keep the newest line in sight" />
        )}
        <Toggle label="Wrap" Icon={IconTextWrap} pressed={props.wrap} onChange={props.onWrap} about="Break long lines" />
        <Tooltip label="Download the whole log as text">
          <ActionIcon component="a" href={logTextUrl(props.execution.id)} download={`${props.execution.id}.txt`} aria-label="Download the log">
            <IconDownload size={16} stroke={1.7} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </span>
    </div>
  );
}

interface ToggleProps {
  label: string;
  about: string;
  Icon: typeof IconTextWrap;
  pressed: boolean;
  onChange: (pressed: boolean) => void;
}

function Toggle({ label, about, Icon, pressed, onChange }: ToggleProps) {
  return (
    <Tooltip label={about}>
      <button type="button" className={classes['toggle']} aria-pressed={pressed} onClick={() => onChange(!pressed)}>
        <Icon size={15} stroke={1.8} aria-hidden />
        {label}
      </button>
    </Tooltip>
  );
}

function Find({ find, onFind, matches, line, onStep }: LogToolbarProps) {
  const [typed, setTyped] = useState(find);
  const send = useDebouncedCallback(onFind, 200);
  const change = (text: string) => {
    setTyped(text);
    send(text.trim());
  };
  const key = (event: React.KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault();
      onStep(event.shiftKey ? -1 : 1);
    }
    if (event.key === 'Escape') change('');
  };
  const place = matches && line !== null ? matches.indexOf(line) : -1;
  const found = !matches ? '' : matches.length === 0 ? 'none' : place >= 0 ? `${count(place + 1)} of ${count(matches.length)}` : count(matches.length);
  return (
    <div className={classes['find']} role="search">
      <TextInput
        size="xs"
        type="search"
        aria-label="Search in the log"
        placeholder="Search"
        leftSection={<IconSearch size={14} aria-hidden />}
        value={typed}
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={key}
        rightSection={<span className={classes['found']}>{found}</span>}
        rightSectionWidth={found ? 74 : 8}
        rightSectionPointerEvents="none"
      />
      {matches && (
        <>
          <ActionIcon onClick={() => onStep(-1)} aria-label="Previous match" title="Previous match (Shift+Enter)">
            <IconChevronUp size={16} aria-hidden />
          </ActionIcon>
          <ActionIcon onClick={() => onStep(1)} aria-label="Next match" title="Next match (Enter)">
            <IconChevronDown size={16} aria-hidden />
          </ActionIcon>
        </>
      )}
    </div>
  );
}

function extent({ reading, loaded, total, shown, live }: LogToolbarProps): React.ReactNode {
  if (reading) return `Reading ${plural(total, 'line')}: ${Math.floor((loaded / total) * 100)} %`;
  const lines = shown === null ? plural(total, 'line') : `${count(shown)} of ${plural(total, 'line')}`;
  if (live === 'no') return lines;
  return (
    <>
      {lines} <span className={classes['live']} data-lost={live === 'lost' || undefined}>{live === 'yes' ? 'Live' : 'Reconnecting …'}</span>
    </>
  );
}
