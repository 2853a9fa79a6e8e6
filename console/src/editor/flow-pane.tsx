import { ActionIcon, NativeSelect, Tooltip } from '@mantine/core';
import { IconArrowBackUp, IconArrowForwardUp, IconCommand, IconListTree } from '@tabler/icons-react';
import { lazy, memo, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { charts } from '@/flow/model';
import { Loading } from '@/ui/states';
import { type Action } from './actions';
import { AskDialog } from './ask-dialog';
import { CreateMain } from './create-main';
import type { ChartProps } from './flow-chart';
import { FlowOutline } from './flow-outline';
import classes from './flow.module.css';
import { InsertDialog } from './insert-dialog';
import type { Marks } from './marks';
import { type Choice, Picker } from './picker';
import { type Problem, Problems } from './problems';
import { inWords, StepMenu } from './step-menu';
import { useCommands } from './use-commands';
import type { Edits } from './use-edits';
import type { LiveFlow } from './use-flow';

// What draws it is large, and only needed here.
const FlowChart = lazy(() => import('./flow-chart'));

interface FlowPaneProps {
  live: LiveFlow;
  edits: Edits;
  path: string;
  /** The name of the chart that is open. */
  open: string;
  selected: string | null;
  marks: Marks | null;
  refused: ChartProps['refused'];
  problems: readonly Problem[];
  onSelect: (id: string) => void;
  onOpen: (name: string) => void;
  /** The step's code is wanted. */
  onGo: (id: string) => void;
  onPlace: (place: number) => void;
  /** The step's form is wanted. */
  onForm: () => void;
  /** Something was put in: its form is wanted, once it is drawn. */
  onMade: (offer: string) => void;
  /** Puts the focus on the selected step once it is drawn. */
  refocus: () => void;
  /** Names the room that there is: in another, a chart begins anew. */
  place: string;
  /** For narrow windows: a chart has no room there, and nothing is edited. */
  outlineOnly: boolean;
}

/** A source as a flow: one function at a time, or the file itself, as a chart or as an outline. */
export const FlowPane = memo(function FlowPane(props: FlowPaneProps) {
  const { live, edits, path, selected, onOpen, outlineOnly } = props;
  const [isOutline, setOutline] = useState(false);
  const toggleOutline = useCallback(() => setOutline((is) => !is), []);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const onFold = useCallback((id: string) => setFolded((now) => toggled(now, id)), []);
  const pane = useRef<HTMLElement>(null);
  const focusStep = useCallback((id: string) => pane.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus(), []);
  const { drawn } = live;
  const all = useMemo(() => (drawn ? charts(drawn.flow) : []), [drawn]);
  const chart = all.find((each) => each.name === props.open) ?? all[0] ?? null;
  const canEdit = !outlineOnly;
  const commands = useCommands({ drawn, chart, selected, edits, canEdit, refocus: props.refocus, onForm: props.onForm, onGo: props.onGo, onFold, onOpen, focusStep });
  const shown: ChartProps | null =
    drawn && chart && !chart.isFolded
      ? {
          drawn,
          chart,
          title: chart.name || path,
          selected,
          chosen: commands.chosen,
          folded,
          marks: props.marks,
          refused: props.refused,
          onSelect: props.onSelect,
          onExtend: commands.extend,
          onFold,
          onOpen,
          onInsert: canEdit ? commands.insertAt : null,
          onForm: canEdit ? commands.edit : null,
          onMenu: canEdit ? commands.openMenu : null,
        }
      : null;
  const outline = outlineOnly || isOutline;
  return (
    <section ref={pane} className={classes['pane']} aria-label="Flow" onKeyDown={commands.onKeyDown} onPaste={commands.onPaste}>
      <div className={classes['pane-bar']}>
        <NativeSelect
          aria-label="Flow of"
          size="xs"
          value={chart?.name ?? ''}
          onChange={(event) => onOpen(event.currentTarget.value)}
          data={all.map((each) => ({ value: each.name, label: each.name || path }))}
        />
        <Problems live={live} found={props.problems} onGo={props.onPlace} />
        {canEdit && (
          <>
            <Tool label="Undo" keys="Ctrl Z" disabled={!edits.canUndo} onClick={edits.undo} Icon={IconArrowBackUp} />
            <Tool label="Redo" keys="Ctrl Shift Z" disabled={!edits.canRedo} onClick={edits.redo} Icon={IconArrowForwardUp} />
            <Tool label="Actions" keys="Ctrl K" onClick={commands.openList} Icon={IconCommand} />
            <Tool label="Outline" isOn={isOutline} onClick={toggleOutline} Icon={IconListTree} />
          </>
        )}
      </div>
      {canEdit && commands.open === null && drawn && chart?.name === '' && chart.block.nodes.length === 0 && (
        <CreateMain flow={drawn.flow} apply={edits.apply} onDone={() => props.onMade('main')}>
          This file is empty. A task begins with its main, the function that the platform calls: steps go into it.
        </CreateMain>
      )}
      {!shown ? (
        <div className={classes['none']}>{live.problem === null && <Loading lines={4} height={40} />}</div>
      ) : outline ? (
        <FlowOutline {...shown} />
      ) : (
        <Suspense fallback={<div className={classes['none']}><Loading lines={4} height={40} /></div>}>
          <FlowChart key={`${props.place} ${shown.chart.name}`} {...shown} />
        </Suspense>
      )}
      <Opened commands={commands} drawn={drawn} edits={edits} charts={all.map((each) => each.name)} path={path} onOpen={onOpen} onMade={props.onMade} />
    </section>
  );
});

interface ToolProps {
  label: string;
  keys?: string;
  Icon: typeof IconCommand;
  onClick: () => void;
  disabled?: boolean;
  /** Of a switch. */
  isOn?: boolean;
}

const Tool = memo(function Tool({ label, keys, Icon, onClick, disabled = false, isOn }: ToolProps) {
  return (
    <Tooltip label={keys ? `${label} (${keys})` : label}>
      <ActionIcon aria-label={label} disabled={disabled} onClick={onClick} {...(isOn !== undefined && { 'aria-pressed': isOn, variant: isOn ? 'light' : 'subtle' })}>
        <Icon size={16} stroke={1.7} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
});

interface OpenedProps {
  commands: ReturnType<typeof useCommands>;
  drawn: LiveFlow['drawn'];
  edits: Edits;
  charts: readonly string[];
  path: string;
  onOpen: (name: string) => void;
  onMade: (offer: string) => void;
}

/** The dialog or menu that is open above the flow. */
function Opened({ commands, drawn, edits, charts: names, path, onOpen, onMade }: OpenedProps) {
  const { open, close } = commands;
  if (!open || !drawn) return null;
  switch (open.kind) {
    case 'insert':
      return (
        <InsertDialog
          flow={drawn.flow}
          slot={open.slot}
          apply={edits.apply}
          onDone={(key) => {
            close();
            onMade(key);
          }}
          onClose={close}
        />
      );
    case 'ask':
      return <AskDialog question={open.question} apply={edits.apply} onDone={close} onClose={close} />;
    case 'menu':
      return <StepMenu actions={commands.actions} at={open.at} onAct={commands.act} onClose={close} />;
    case 'list': {
      const list = listed(commands.actions, names, path, { act: commands.act, open: onOpen, undo: edits.undo, redo: edits.redo });
      const pick = (choice: Listed) => {
        close();
        choice.run();
      };
      return <Picker title="Actions" placeholder="What do you want to do?" find={(question) => list.filter((each) => each.title.toLowerCase().includes(question.toLowerCase().trim()))} onPick={pick} onClose={close} />;
    }
  }
}

interface Listed extends Choice {
  run: () => void;
}

interface Ways {
  act: (action: Action) => void;
  open: (chart: string) => void;
  undo: () => void;
  redo: () => void;
}

function listed(actions: readonly Action[], names: readonly string[], path: string, ways: Ways): Listed[] {
  const own = actions.map((action): Listed => ({ key: action.key, group: action.group, title: action.title, detail: '', ...(action.keys && { keys: inWords(action.keys) }), run: () => ways.act(action) }));
  const all: Listed[] = [
    { key: 'undo', group: 'All', title: 'Undo', detail: '', keys: 'Ctrl Z', run: ways.undo },
    { key: 'redo', group: 'All', title: 'Redo', detail: '', keys: 'Ctrl Shift Z', run: ways.redo },
    ...names.map((name): Listed => ({ key: `show ${name}`, group: 'All', title: `Show ${name || path}`, detail: '', run: () => ways.open(name) })),
  ];
  return [...own, ...all];
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
