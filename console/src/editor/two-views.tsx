import { diagnosticCount, setDiagnostics } from '@codemirror/lint';
import { EditorView } from '@codemirror/view';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { difference, type Drawn, idOf, mapped, nodeOf } from '@/flow/mapping';
import { chartOf, charts, firstChart, nodeAt, opens, walk } from '@/flow/model';
import type { ComponentRef } from '@/lib/types';
import { CodeEditor } from './code-editor';
import type { Draft } from './draft';
import classes from './editor.module.css';
import { FlowPane } from './flow-pane';
import { useDrafts, useRefused } from './form/drafts';
import { Unapplied } from './form/unapplied';
import { asEdited } from './line-ends';
import { markLines } from './marked';
import { useProblems } from './problems';
import { evidenceOf, marksOf } from './run/evidence';
import { useRun } from './run/run-context';
import { type PanelName, SidePanel } from './side-panel';
import { useEdits } from './use-edits';
import { useFlow } from './use-flow';
import { useSettle } from './use-settle';
import { useStable } from './use-stable';
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
  path: string;
}

/** A Python source as code and as a flow: two views of one text, in which the code's cursor is the selection of both. */
export function TwoViews({ component, draft, path, text, line, view, isNarrow, panel, onPanel, onWrite, onShowCode }: TwoViewsProps) {
  const [spot, setSpot] = useState<Spot | null>(null);
  const live = useFlow(path, text, view !== 'code' || panel !== null, spot?.chart ?? null);
  const editor = useRef<EditorView>(null);
  const edits = useEdits(path, live, editor);
  const drafts = useDrafts(path);
  const left = useRefused(drafts);
  const refused = useMemo(() => new Map(left.map(({ id, why }) => [id, why])), [left]);
  const [moved, setMoved] = useState<{ path: string; place: number } | null>(null);
  const setCursor = useCallback((place: number) => setMoved({ path, place }), [path]);
  // Where one was in another file says nothing of this one.
  const cursor = moved?.path === path ? moved.place : null;
  const { drawn } = live;
  const problems = useProblems(drawn);
  const evidence = useRun()?.evidence ?? null;
  const known = useMemo(() => (drawn && evidence ? evidenceOf(drawn, path, evidence) : new Map()), [drawn, path, evidence]);
  const marks = useMemo(() => marksOf(known), [known]);
  // While a newer flow is on its way, the places of the old one say nothing.
  const isFresh = drawn !== null && drawn.text === asEdited(text);
  if (isFresh && (spot?.drawn !== drawn || spot.cursor !== cursor)) setSpot({ ...spotAt(drawn, cursor, spot?.path === path ? spot : null), path });

  const selected = spot?.selected ?? null;
  useEffect(() => {
    const view = editor.current;
    if (!isFresh || !drawn || !view) return;
    const node = nodeOf(drawn, selected);
    markLines(view, node && { from: node.range[0], to: node.range[1] });
  }, [drawn, isFresh, selected, path]);
  useEffect(() => {
    const view = editor.current;
    if (!isFresh || !drawn || !view || (problems.length === 0 && diagnosticCount(view.state) === 0)) return;
    view.dispatch(setDiagnostics(view.state, problems.map(({ from, to, message }) => ({ from, to, message, severity: 'error' }))));
  }, [drawn, problems, isFresh, path]);

  const newest = useRef(drawn);
  const shown = useRef({ drawn, selected });
  useEffect(() => {
    newest.current = drawn;
    shown.current = { drawn: isFresh ? drawn : null, selected };
  }, [drawn, isFresh, selected]);
  const goTo = useCallback((place: number) => {
    const present = editor.current;
    if (!present) return;
    if (place !== present.state.selection.main.head) {
      present.dispatch({ selection: { anchor: place }, effects: EditorView.scrollIntoView(place, { y: 'center', x: 'end' }) });
    }
    setCursor(place);
  }, [setCursor]);
  const onSelect = useCallback(
    (id: string) => {
      const known = newest.current;
      const node = known && nodeOf(known, id);
      const place = node && mapped(difference(known.text, editor.current?.state.doc.toString() ?? known.text), node.range[0]);
      if (place !== null) goTo(place);
    },
    [goTo],
  );
  const settle = useSettle();
  const views = useRef<HTMLDivElement>(null);
  /** What is shown, once it is of the present text. */
  const present = useCallback(() => {
    const { drawn: now, selected: chosen } = shown.current;
    return now?.text === editor.current?.state.doc.toString() ? { drawn: now, chosen } : null;
  }, []);
  const refocus = useCallback(() => {
    settle(() => {
      const now = present();
      const step = now && views.current?.querySelector<HTMLElement>(now.chosen === null ? '[data-step][tabindex="0"], [data-plus]' : `[data-step="${CSS.escape(now.chosen)}"]`);
      step?.focus();
      return Boolean(step);
    });
  }, [settle, present]);
  const onForm = useStable(() => {
    onPanel('step');
    settle(() => {
      const field = present() && fieldIn(views.current);
      // What the last run has shown stands above it, and stays in view.
      field?.focus({ preventScroll: true });
      return Boolean(field);
    });
  });
  const onMade = useStable((offer: string) => {
    if (offer !== 'main') return onForm();
    // Into the function that was made, where the first step goes.
    settle(() => {
      const now = present();
      const main = now?.drawn && [...walk(now.drawn.flow.body)].find((node) => node.is_entry);
      const [first] = main?.branches[0]?.body.nodes ?? [];
      if (!first) return false;
      goTo(first.range[0]);
      refocus();
      return true;
    });
  });
  const onGo = useStable((id: string) => {
    onShowCode();
    // The code is focused when it is in view.
    window.requestAnimationFrame(() => {
      onSelect(id);
      const shownThere = editor.current;
      shownThere?.dispatch({ effects: EditorView.scrollIntoView(shownThere.state.selection.main.head, { y: 'center', x: 'end' }) });
      shownThere?.focus();
    });
  });
  const onOpen = useCallback((chart: string) => setSpot((now) => now && { ...now, chart }), []);
  const onClose = () => {
    onPanel(null);
    if (view !== 'code') refocus();
  };
  const getText = useCallback(() => editor.current?.state.doc.toString() ?? '', []);

  return (
    <>
      <Unapplied
        drafts={drafts}
        drawn={drawn}
        open={panel === 'step' ? selected : null}
        onEdit={(id) => {
          onSelect(id);
          onForm();
        }}
      />
      <div ref={views} className={classes['views']} data-view={view} data-panel={panel ?? undefined}>
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
                marks={marks}
                refused={refused}
                problems={problems}
                onPlace={goTo}
                onForm={onForm}
                onMade={onMade}
                refocus={refocus}
                place={view}
                outlineOnly={isNarrow}
              />
            )}
            {panel && <SidePanel name={panel} drafts={drafts} component={component} draft={draft} path={path} drawn={drawn} selected={selected} apply={edits.apply} known={known} getText={getText} onGo={goTo} onClose={onClose} />}
          </div>
        )}
      </div>
    </>
  );
}

/** Where one begins in a panel: its first field that is to be filled in or chosen; else its first button. */
function fieldIn(views: HTMLElement | null): HTMLElement | null {
  const of = (fields: readonly string[]) => views?.querySelector<HTMLElement>(fields.map((field) => `[data-panel-body] ${field}`).join(', ')) ?? null;
  const typed = ['input:not([type=hidden])', 'textarea', 'select', '[contenteditable=true]'];
  const within = (mark: string) => of(typed.map((field) => `[${mark}] ${field}`));
  return within('data-wrong') ?? within('data-begin') ?? of(typed) ?? of(['button']);
}

/** Where a cursor is; a flow in which it has not moved stays on the chart that was open. */
function spotAt(drawn: Drawn, cursor: number | null, before: Spot | null): Omit<Spot, 'path'> {
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
