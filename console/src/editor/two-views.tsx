import { EditorView } from '@codemirror/view';
import { useCallback, useEffect, useRef, useState } from 'react';
import { difference, type Drawn, idOf, mapped, nodeOf } from '@/flow/mapping';
import { chartOf, charts, firstChart, nodeAt, opens } from '@/flow/model';
import { CodeEditor } from './code-editor';
import classes from './editor.module.css';
import { FlowPane } from './flow-pane';
import { asEdited } from './line-ends';
import { mark } from './marked';
import { useFlow } from './use-flow';
import type { View } from './use-view';

interface TwoViewsProps {
  path: string;
  text: string;
  line: number | null;
  view: View;
  isNarrow: boolean;
  onWrite: (text: string) => void;
  /** The code is wanted in view. */
  onShowCode: () => void;
}

/** Where one is in a source: told by the cursor in its code, whichever view has put it there. */
interface Spot {
  drawn: Drawn;
  cursor: number | null;
  /** The step that the cursor is in. */
  selected: string | null;
  chart: string;
}

/** A Python source as code and as a flow: two views of one text, in which the code's cursor is the selection of both. */
export function TwoViews({ path, text, line, view, isNarrow, onWrite, onShowCode }: TwoViewsProps) {
  const live = useFlow(path, text, view !== 'code');
  const editor = useRef<EditorView>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const [spot, setSpot] = useState<Spot | null>(null);
  const { drawn } = live;
  // While a newer flow is on its way, the places of the old one say nothing.
  const isFresh = drawn !== null && drawn.text === asEdited(text);
  if (isFresh && (spot?.drawn !== drawn || spot.cursor !== cursor)) setSpot(spotAt(drawn, cursor, spot));

  const selected = spot?.selected ?? null;
  useEffect(() => {
    const node = drawn && isFresh ? nodeOf(drawn, selected) : null;
    if (isFresh) editor.current?.dispatch({ effects: mark.of(node && { from: node.range[0], to: node.range[1] }) });
  }, [drawn, isFresh, selected, path]);

  const newest = useRef(drawn);
  useEffect(() => {
    newest.current = drawn;
  }, [drawn]);
  const goTo = useCallback(
    (id: string, isToCode: boolean) => {
      const present = editor.current;
      const known = newest.current;
      const node = known && nodeOf(known, id);
      if (!present || !node) return;
      const place = mapped(difference(known.text, present.state.doc.toString()), node.range[0]);
      if (place === null) return;
      if (place !== present.state.selection.main.head || isToCode) {
        present.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: 'center' }) });
      }
      setCursor(place);
      if (isToCode) present.focus();
    },
    [],
  );
  const onSelect = useCallback((id: string) => goTo(id, false), [goTo]);
  const onGo = (id: string) => {
    onShowCode();
    // The code is focused when it is in view.
    window.requestAnimationFrame(() => goTo(id, true));
  };
  const onOpen = useCallback((chart: string) => setSpot((now) => now && { ...now, chart }), []);

  return (
    <div className={classes['views']} data-view={view}>
      <div className={classes['view-code']} hidden={view === 'flow'}>
        <CodeEditor path={path} text={text} line={line} onChange={onWrite} onMove={setCursor} onView={(shown) => (editor.current = shown)} />
      </div>
      {view !== 'code' && (
        <FlowPane
          live={live}
          path={path}
          open={spot?.chart ?? ''}
          selected={selected}
          onSelect={onSelect}
          onOpen={onOpen}
          onGo={onGo}
          place={view}
          outlineOnly={isNarrow}
        />
      )}
    </div>
  );
}

/** Where a cursor is; a flow in which it has not moved stays on the chart that was open. */
function spotAt(drawn: Drawn, cursor: number | null, before: Spot | null): Spot {
  const { flow } = drawn;
  const node = cursor === null ? null : nodeAt(flow.body, cursor);
  const stays = before !== null && before.cursor === cursor && charts(flow).some((each) => each.name === before.chart);
  if (cursor === null || !node) return { drawn, cursor, selected: null, chart: stays || (before && cursor !== null) ? (before?.chart ?? '') : firstChart(flow) };
  const opened = opens(node);
  // Between the steps of a function, it is open and none of them is selected.
  const isInside = opened !== null && cursor > (node.branches[0]?.header[1] ?? 0);
  return {
    drawn,
    cursor,
    selected: isInside ? null : idOf(drawn, node),
    chart: stays ? before.chart : isInside ? opened : chartOf(flow, node.path),
  };
}
