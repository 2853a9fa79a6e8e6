import { EditorView } from '@codemirror/view';
import { useCallback, useEffect, useRef, useState } from 'react';
import { difference, type Drawn, idOf, mapped, nodeOf } from '@/flow/mapping';
import { chartOf, charts, firstChart, nodeAt, opens } from '@/flow/model';
import type { ComponentRef } from '@/lib/types';
import { CodeEditor } from './code-editor';
import type { Draft } from './draft';
import classes from './editor.module.css';
import { FlowPane } from './flow-pane';
import { asEdited } from './line-ends';
import { mark } from './marked';
import { type PanelName, SidePanel } from './side-panel';
import { useEdits } from './use-edits';
import { useFlow } from './use-flow';
import type { View } from './use-view';

interface TwoViewsProps {
  component: ComponentRef;
  draft: Draft;
  path: string;
  text: string;
  line: number | null;
  view: View;
  isNarrow: boolean;
  panel: PanelName | null;
  onPanel: (panel: PanelName | null) => void;
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
export function TwoViews({ component, draft, path, text, line, view, isNarrow, panel, onPanel, onWrite, onShowCode }: TwoViewsProps) {
  const live = useFlow(path, text, view !== 'code' || panel !== null);
  const editor = useRef<EditorView>(null);
  const edits = useEdits(path, live, editor);
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
  const goTo = useCallback((place: number) => {
    const present = editor.current;
    if (!present) return;
    if (place !== present.state.selection.main.head) {
      present.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: 'center' }) });
    }
    setCursor(place);
  }, []);
  const onSelect = useCallback(
    (id: string) => {
      const known = newest.current;
      const node = known && nodeOf(known, id);
      const place = node && mapped(difference(known.text, editor.current?.state.doc.toString() ?? known.text), node.range[0]);
      if (place !== null) goTo(place);
    },
    [goTo],
  );
  const onGo = (id: string) => {
    onShowCode();
    // The code is focused when it is in view.
    window.requestAnimationFrame(() => {
      onSelect(id);
      const present = editor.current;
      if (present) present.dispatch({ effects: EditorView.scrollIntoView(present.state.selection.main.head, { y: 'center' }) });
      present?.focus();
    });
  };
  const onOpen = useCallback((chart: string) => setSpot((now) => now && { ...now, chart }), []);
  const onClose = () => onPanel(null);
  const getText = useCallback(() => editor.current?.state.doc.toString() ?? '', []);

  return (
    <div className={classes['views']} data-view={view} data-panel={panel ?? undefined}>
      <div className={classes['view-code']} hidden={view === 'flow'}>
        <CodeEditor
          path={path}
          text={text}
          line={line}
          onChange={onWrite}
          onMove={setCursor}
          onUpdate={edits.onHistory}
          onView={(shown) => {
            editor.current = shown;
          }}
        />
      </div>
      {(view !== 'code' || panel) && (
        <div className={classes['view-flow']}>
          {view !== 'code' && (
            <FlowPane
              live={live}
              edits={edits}
              path={path}
              open={spot?.chart ?? ''}
              selected={selected}
              onSelect={onSelect}
              onOpen={onOpen}
              onGo={onGo}
              onForm={() => onPanel('step')}
              place={view}
              outlineOnly={isNarrow}
            />
          )}
          {panel && <SidePanel name={panel} component={component} draft={draft} path={path} drawn={drawn} selected={selected} apply={edits.apply} getText={getText} onGo={goTo} onClose={onClose} />}
        </div>
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
