import { NativeSelect } from '@mantine/core';
import { EditorView } from '@codemirror/view';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { type Drawn, idOf, nodeOf } from '@/flow/mapping';
import { chartOf, charts, firstChart, nodeAt } from '@/flow/model';
import { Loading } from '@/ui/states';
import { CodeEditor } from './code-editor';
import classes from './editor.module.css';
import type { ChartProps } from './flow-chart';
import { FlowOutline } from './flow-outline';
import flowClasses from './flow.module.css';
import { markLines } from './marked';
import { Problems, useProblems } from './problems';
import { type LiveFlow, useFlow } from './use-flow';
import type { ViewChoice } from './use-view';

// What draws it is large, and only needed here.
const FlowChart = lazy(() => import('./flow-chart'));
const NONE: ReadonlySet<string> = new Set();

const NONE_REFUSED: ReadonlyMap<string, string> = new Map();

/** Whether there is a flow to be seen in a file. */
export const hasFlow = (path: string): boolean => path.endsWith('.py');

interface ReadViewsProps extends Omit<ViewChoice, 'choose'> {
  path: string;
  text: string;
  /** A line to go to. */
  line: number | null;
}

/** A Python source as code and as a flow, to be read: a step that is selected in one is shown in the other. */
export function ReadViews({ path, text, line, view, isNarrow }: ReadViewsProps) {
  const [open, setOpen] = useState<string | null>(null);
  const live = useFlow(path, text, view !== 'code', open);
  const { drawn } = live;
  const editor = useRef<EditorView | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const node = drawn && cursor !== null ? nodeAt(drawn.flow.body, cursor) : null;
  const selected = drawn && node ? idOf(drawn, node) : null;

  useEffect(() => {
    const found = drawn && nodeOf(drawn, selected);
    if (editor.current) markLines(editor.current, found && { from: found.range[0], to: found.range[1] });
  }, [drawn, selected, view]);
  const onMove = (place: number) => {
    setCursor(place);
    if (drawn) setOpen(nameAt(drawn, place));
  };
  const goTo = (place: number) => {
    editor.current?.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: 'center' }) });
    onMove(place);
  };
  return (
    <div className={classes['views']} data-view={view}>
      <div className={classes['view-code']} hidden={view === 'flow'}>
        <CodeEditor
          path={path}
          text={text}
          line={line}
          readOnly
          onMove={onMove}
          onView={(made) => {
            editor.current = made;
          }}
        />
      </div>
      {view !== 'code' && (
        <div className={classes['view-flow']}>
          <ReadFlow path={path} live={live} open={open} selected={selected} place={view} isOutline={isNarrow} onOpen={setOpen} onGo={goTo} />
        </div>
      )}
    </div>
  );
}

interface ReadFlowProps {
  path: string;
  live: LiveFlow;
  /** The name of the chart that is wanted, if one is. */
  open: string | null;
  selected: string | null;
  /** Names the room that there is: in another, a chart begins anew. */
  place: string;
  isOutline: boolean;
  onOpen: (name: string) => void;
  /** A place in the code is wanted. */
  onGo: (place: number) => void;
}

function ReadFlow({ path, live, open, selected, place, isOutline, onOpen, onGo }: ReadFlowProps) {
  const { drawn } = live;
  const problems = useProblems(drawn);
  const [folded, setFolded] = useState<ReadonlySet<string>>(NONE);
  const onSelect = (id: string) => {
    const found = drawn && nodeOf(drawn, id);
    if (found) onGo(found.range[0]);
  };
  const onFold = (id: string) => setFolded((now) => toggled(now, id));
  const all = drawn ? charts(drawn.flow) : [];
  const wanted = open ?? (drawn ? firstChart(drawn.flow) : '');
  const chart = all.find((each) => each.name === wanted) ?? all[0] ?? null;
  const shown: ChartProps | null =
    drawn && chart
      ? { drawn, chart, title: chart.name || path, selected, chosen: NONE, folded, marks: null, refused: NONE_REFUSED, onSelect, onExtend: onSelect, onFold, onOpen, onInsert: null, onMenu: null, onForm: null }
      : null;
  return (
    <section className={flowClasses['pane']} aria-label="Flow">
      <div className={flowClasses['pane-bar']}>
        <NativeSelect
          aria-label="Flow of"
          size="xs"
          value={chart?.name ?? ''}
          onChange={(event) => onOpen(event.currentTarget.value)}
          data={all.map((each) => ({ value: each.name, label: each.name || path }))}
        />
        <Problems live={live} found={problems} onGo={onGo} />
      </div>
      {!shown ? (
        <div className={flowClasses['none']}>{live.problem === null && <Loading lines={4} height={40} />}</div>
      ) : isOutline ? (
        <FlowOutline {...shown} />
      ) : (
        <Suspense fallback={<div className={flowClasses['none']}><Loading lines={4} height={40} /></div>}>
          <FlowChart key={`${place} ${shown.chart.name}`} {...shown} />
        </Suspense>
      )}
    </section>
  );
}

function nameAt(drawn: Drawn, place: number): string {
  const node = nodeAt(drawn.flow.body, place);
  return node ? chartOf(drawn.flow, node.path) : firstChart(drawn.flow);
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
