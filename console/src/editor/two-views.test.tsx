import { readFileSync } from 'node:fs';
import { EditorView } from '@codemirror/view';
import { screen, waitFor, within } from '@testing-library/react';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { commit } from '@/test/values';

// An editor in jsdom takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const BASE = '/projects/:project/components/:component';
const HERE = '/projects/example/components/health-check/develop';
const golden = (ending: string) => readFileSync(`../tests/golden/flows/health_check.${ending}`, 'utf8');
const TEXT = golden('txt');

beforeAll(() => {
  // What CodeMirror measures with, and jsdom has not.
  Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
  Range.prototype.getBoundingClientRect = () => new DOMRect();
});

beforeEach(() => {
  answers('get', `${BASE}/source`, { commit: commit(), files: [{ path: 'main.py', text: TEXT, size_bytes: TEXT.length }] });
});

async function editor(): Promise<EditorView> {
  const view = EditorView.findFromDOM(await screen.findByRole('textbox', { name: 'main.py' }));
  if (!view) throw new Error('There is no editor.');
  return view;
}

async function outline(name: string) {
  return within(await screen.findByRole('tree', { name: `Outline of ${name}` }));
}

test('a step that is chosen is gone to in the code, and a cursor in the code chooses its step', async () => {
  const asked = answers('post', '/flows/model', JSON.parse(golden('json')));
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Outline' }));
  const view = await editor();
  const main = await outline('main');
  expect(asked[0]?.body).toMatchObject({ text: TEXT, anchors: [] });
  await user.click(main.getByRole('treeitem', { name: /^If / }));
  expect(view.state.selection.main.head).toBe(TEXT.indexOf('if status !='));
  expect(main.getByRole('treeitem', { name: /^If / })).toHaveAttribute('aria-selected', 'true');

  view.dispatch({ selection: { anchor: TEXT.indexOf('request = Request') } });
  const other = await outline('status_of');
  expect(other.getAllByRole('treeitem')[0]).toHaveAttribute('aria-selected', 'true');
});

test('a flow that cannot be had is said so, beside the code, and asked for until it can', async () => {
  refuses('post', '/flows/model', 503, 'The database is busy.');
  renderAt(HERE);
  expect(await screen.findByText('The database is busy.')).toBeInTheDocument();
  expect((await editor()).state.doc.toString()).toBe(TEXT);
  answers('post', '/flows/model', JSON.parse(golden('json')));
  await waitFor(() => expect(screen.queryByText('The database is busy.')).not.toBeInTheDocument());
});

test('what is wrong with the configuration is said, with its line, and led to', async () => {
  answers('post', '/flows/model', JSON.parse(golden('json')));
  answers('post', '/flows/settings', { settings: [], problems: [{ message: 'url has no type.', path: null, line: 15, excerpt: null }] });
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Line 15: url has no type.' }));
  await user.click(within(await screen.findByRole('list', { name: 'Problems' })).getByRole('button'));
  const { state } = await editor();
  expect(state.doc.lineAt(state.selection.main.head).number).toBe(15);
});

test('nothing is asked about a flow that is not in view', async () => {
  window.localStorage.setItem('clockhouse-views', 'code');
  const asked = answers('post', '/flows/model', JSON.parse(golden('json')));
  const { user } = renderAt(HERE);
  await editor();
  expect(asked).toHaveLength(0);
  await user.click(screen.getByRole('radio', { name: 'Both' }));
  await waitFor(() => expect(asked).toHaveLength(1));
});

test('a file keeps the ends of its lines, and the flow counts them as the editor does', async () => {
  const crlf = 'one = 1\r\ntwo = 2\r\n';
  answers('get', `${BASE}/source`, { commit: commit(), files: [{ path: 'main.py', text: crlf, size_bytes: crlf.length }] });
  const saved = answers('post', `${BASE}/commits`, commit({ sha: '2'.repeat(40) }), 201);
  const asked = answers('post', '/flows/model', JSON.parse(golden('json')));
  const { user } = renderAt(HERE);
  (await editor()).dispatch({ changes: { from: 8, insert: 'more = 3\n' } });
  await waitFor(() => expect(asked.at(-1)?.body).toMatchObject({ text: 'one = 1\nmore = 3\ntwo = 2\n' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Save as a commit' })).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(saved[0]?.body).toMatchObject({ changes: { 'main.py': 'one = 1\r\nmore = 3\r\ntwo = 2\r\n' } }));
});

test('a file that is opened again is shown where it was, not where the other file was', async () => {
  const other = 'one = 1\n';
  const files = [
    { path: 'main.py', text: TEXT, size_bytes: TEXT.length },
    { path: 'other.py', text: other, size_bytes: other.length },
  ];
  answers('get', `${BASE}/source`, { commit: commit(), files });
  answers('post', '/flows/model', JSON.parse(golden('json')));
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Outline' }));
  await outline('main');
  await user.click(screen.getByRole('button', { name: 'other.py' }));
  await screen.findByRole('textbox', { name: 'other.py' });
  await user.click(screen.getByRole('button', { name: 'main.py' }));
  await editor();
  await outline('main');
});
