import { history } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { act, renderHook } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { beforeAll, expect, test } from 'vitest';
import { drawn } from '@/flow/mapping';
import type { Flow } from '@/flow/model';
import { server } from '@/test/server';
import { useEdits } from './use-edits';

const step = (path: number[], from: number, to: number) => ({ kind: 'call', label: '', range: [from, to], full: [from, to + 1], path, fields: [], branches: [] });
/** One step for each line. */
const flowOf = (text: string): Flow => {
  let at = 0;
  const nodes = text.split('\n').slice(0, -1).map((line, number) => step([number], at, (at += line.length + 1) - 1));
  return { valid: true, anchors: [], body: { path: [], at: 0, nodes } } as unknown as Flow;
};

beforeAll(() => {
  Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
});

interface Asked {
  text: string;
  operation: { op: string; path?: number[] };
}

/** Deletes what it is asked to, after `before` has had its turn. */
function editing(text: string, before: (view: EditorView, time: number) => void = () => undefined) {
  const view = new EditorView({ state: EditorState.create({ doc: text, extensions: [history()] }) });
  const asked: Asked[] = [];
  server.use(
    http.post('*/api/v1/flows/edit', async ({ request }) => {
      const body = (await request.json()) as Asked;
      asked.push(body);
      before(view, asked.length);
      const [from, to] = flowOf(body.text).body.nodes[body.operation.path?.[0] ?? 0]?.full ?? [0, 0];
      return HttpResponse.json({ refused: null, changes: [{ start: from, end: to, insert: '' }], select: null });
    }),
  );
  const live = { drawn: drawn(null, text, flowOf(text)), problem: null, read: (of: string) => Promise.resolve(flowOf(of)), anchors: () => [], hurry: () => undefined };
  const { result } = renderHook(() => useEdits('main.py', live, { current: view }));
  const removeAll = (...all: number[]) => act(() => Promise.all(all.map((at) => result.current.apply({ op: 'delete', path: [at], count: 1 }))));
  const remove = async (at: number) => (await removeAll(at))[0];
  return { view, asked, remove, removeAll, edits: () => result.current };
}

test('an edit is one change of the document, taken back by one undo', async () => {
  const { view, remove, edits } = editing('a()\nb()\nc()\n');
  expect(await remove(1)).toBeNull();
  expect(view.state.doc.toString()).toBe('a()\nc()\n');
  expect(view.state.selection.main.head).toBe(4); // at what took its place
  act(() => edits().undo());
  expect(view.state.doc.toString()).toBe('a()\nb()\nc()\n');
});

test('what was typed while the answer was on its way stays, and the edit is of the same step', async () => {
  const { view, asked, remove } = editing('a()\nb()\nc()\n', (typing, time) => {
    if (time === 1) typing.dispatch({ changes: { from: 0, insert: 'new()\n' } });
  });
  expect(await remove(1)).toBeNull();
  expect(view.state.doc.toString()).toBe('new()\na()\nc()\n');
  expect(asked.map((each) => each.operation.path)).toEqual([[1], [2]]);
});

test('edits are made one after the other, each of the step that was meant', async () => {
  const { view, removeAll } = editing('a()\nb()\nc()\n');
  expect(await removeAll(0, 2)).toEqual([null, null]);
  expect(view.state.doc.toString()).toBe('b()\n');
});

test('an edit of a step that is gone by its turn is not made', async () => {
  const { view, removeAll } = editing('a()\nb()\nc()\n');
  expect(await removeAll(1, 1)).toEqual([null, 'That step is no longer there.']);
  expect(view.state.doc.toString()).toBe('a()\nc()\n');
});

test('a refusal is told, and changes nothing', async () => {
  const { view, edits } = editing('a()\n');
  server.use(http.post('*/api/v1/flows/edit', () => HttpResponse.json({ refused: 'No.', changes: [], select: null })));
  expect(await act(() => edits().apply({ op: 'switch_on', path: [0] }))).toBe('No.');
  expect(view.state.doc.toString()).toBe('a()\n');
});
