import { ActionIcon, NativeSelect, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconArrowBackUp, IconArrowForwardUp, IconListTree } from '@tabler/icons-react';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { charts } from '@/flow/model';
import { Loading } from '@/ui/states';
import type { ChartProps } from './flow-chart';
import { FlowOutline } from './flow-outline';
import classes from './flow.module.css';
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
  onSelect: (id: string) => void;
  onOpen: (name: string) => void;
  onGo: (id: string) => void;
  /** The step's form is wanted. */
  onForm: () => void;
  /** Names the room that there is: in another, a chart begins anew. */
  place: string;
  /** For narrow windows: a chart has no room there. */
  outlineOnly: boolean;
}

/** A source as a flow: one function at a time, or the file itself, as a chart or as an outline. */
export function FlowPane({ live, edits, path, open, selected, onSelect, onOpen, onGo, onForm, place, outlineOnly }: FlowPaneProps) {
  const [isOutline, setOutline] = useState(false);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const onFold = useCallback((id: string) => setFolded((now) => toggled(now, id)), []);
  const { drawn } = live;
  const all = useMemo(() => (drawn ? charts(drawn.flow) : []), [drawn]);
  const chart = all.find((each) => each.name === open) ?? all[0];
  const props: ChartProps | null = drawn && chart ? { drawn, chart, title: chart.name || path, selected, folded, onSelect, onFold, onOpen, onGo, onForm } : null;
  const outline = outlineOnly || isOutline;
  const onKeyDown = (event: React.KeyboardEvent) => {
    const isWritten = (event.target as HTMLElement).closest('input, textarea, [contenteditable]') !== null;
    if (outlineOnly || isWritten || event.altKey || !(event.ctrlKey || event.metaKey)) return;
    const key = event.key.toLowerCase();
    if (key !== 'z' && key !== 'y') return;
    event.preventDefault();
    if (key === 'y' || event.shiftKey) edits.redo();
    else edits.undo();
  };
  return (
    <section className={classes['pane']} aria-label="Flow" onKeyDown={onKeyDown}>
      <div className={classes['pane-bar']}>
        <NativeSelect
          aria-label="Flow of"
          size="xs"
          value={chart?.name ?? ''}
          onChange={(event) => onOpen(event.currentTarget.value)}
          data={all.map((each) => ({ value: each.name, label: each.name || path }))}
        />
        <Wrong live={live} />
        {!outlineOnly && (
          <>
            <Tooltip label="Undo (Ctrl-Z)">
              <ActionIcon aria-label="Undo" disabled={!edits.canUndo} onClick={edits.undo}>
                <IconArrowBackUp size={16} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Redo (Ctrl-Shift-Z)">
              <ActionIcon aria-label="Redo" disabled={!edits.canRedo} onClick={edits.redo}>
                <IconArrowForwardUp size={16} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Tooltip>
          </>
        )}
        {!outlineOnly && (
          <Tooltip label="Outline">
            <ActionIcon aria-label="Outline" aria-pressed={isOutline} variant={isOutline ? 'light' : 'subtle'} onClick={() => setOutline(!isOutline)}>
              <IconListTree size={16} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        )}
      </div>
      {!props ? (
        <div className={classes['none']}>{live.problem === null && <Loading lines={4} height={40} />}</div>
      ) : outline ? (
        <FlowOutline {...props} />
      ) : (
        <Suspense fallback={<div className={classes['none']}><Loading lines={4} height={40} /></div>}>
          <FlowChart key={`${place} ${props.chart.name}`} {...props} />
        </Suspense>
      )}
    </section>
  );
}

/** Why the flow is not all of what is written, or not the newest. */
function Wrong({ live }: { live: LiveFlow }) {
  const problem = live.drawn?.flow.problem;
  const words = live.problem ?? (problem && `${problem.line ? `Line ${problem.line}: ` : ''}${problem.message}`);
  return (
    <div className={classes['problem']} role="status">
      {words && (
        <>
          <IconAlertTriangle size={14} stroke={1.8} aria-hidden />
          <span title={words}>{words}</span>
        </>
      )}
    </div>
  );
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
