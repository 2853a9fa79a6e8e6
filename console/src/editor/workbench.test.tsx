import { undo } from '@codemirror/commands';
import { EditorView } from '@codemirror/view';
import { screen, waitFor, within } from '@testing-library/react';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { renderAt } from '@/test/render';
import { answers, refuses } from '@/test/server';
import { build, commit } from '@/test/values';

// An editor in jsdom takes its time on a busy machine.
vi.setConfig({ testTimeout: 20_000 });

const BASE = '/projects/:project/components/:component';
const HERE = '/projects/example/components/health-check/develop';
const FIRST = commit({ sha: '1'.repeat(40), message: 'Begin', author: 'maya' });
const SECOND = commit({ sha: '2'.repeat(40), message: 'Change main.py' });
const FILES = [
  { path: 'main.py', text: 'one = 1\n', size_bytes: 8 },
  { path: 'lib/text.py', text: 'two = 2\n', size_bytes: 8 },
];
const source = (at = FIRST, files = FILES) => ({ commit: at, files });

// The page is loaded when it is first gone to; that is not what is waited for here.
beforeAll(() => import('@/app/pages/develop'), 60_000);

beforeAll(() => {
  // What CodeMirror measures with, and jsdom has not.
  Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
  Range.prototype.getBoundingClientRect = () => new DOMRect();
});

beforeEach(() => {
  window.localStorage.setItem('clockhouse-views', 'code');
  answers('get', `${BASE}/source`, source());
  answers('get', `${BASE}/commits`, [FIRST]);
  answers('get', `${BASE}/builds`, []);
});

async function editor(name: string): Promise<EditorView> {
  const view = EditorView.findFromDOM(await screen.findByRole('textbox', { name }));
  if (!view) throw new Error('There is no editor.');
  return view;
}

async function write(name: string, text: string): Promise<void> {
  const view = await editor(name);
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
  await screen.findByText('not saved');
}

test('the task is opened first, and another file on a click', async () => {
  const { user, router } = renderAt(HERE);
  expect((await editor('main.py')).state.doc.toString()).toBe('one = 1\n');
  await user.click(await screen.findByRole('button', { name: 'text.py' }));
  expect((await editor('lib/text.py')).state.doc.toString()).toBe('two = 2\n');
  expect(router.state.location.search).toContain('file=lib%2Ftext.py');
});

test('what is changed is saved as a commit, and can be built', async () => {
  const sent = answers('post', `${BASE}/commits`, SECOND, 201);
  const builds = answers('post', `${BASE}/builds`, build({ number: 7, status: 'queued', commit: SECOND }), 201);
  answers('get', `${BASE}/builds/7`, build({ number: 7, status: 'queued', commit: SECOND }));
  answers('get', `${BASE}/builds/7/log`, { lines: [], complete: false, more: false });
  const { user, router } = renderAt(HERE);
  await write('main.py', 'one = 11\n');
  answers('get', `${BASE}/source`, source(SECOND, [{ path: 'main.py', text: 'one = 11\n', size_bytes: 9 }]));
  const { doc } = (await editor('main.py')).state;
  await user.keyboard('{Control>}s{/Control}');
  const dialog = await screen.findByRole('dialog', { name: 'Save as a commit' });
  expect(within(dialog).getByRole('textbox', { name: 'Message' })).toHaveValue('Change main.py');
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.queryByText('not saved')).not.toBeInTheDocument());
  expect(sent[0]?.body).toEqual({ parent: FIRST.sha, message: 'Change main.py', changes: { 'main.py': 'one = 11\n' } });
  // Not for a moment was it what it had been: cursor and undo stay.
  expect((await editor('main.py')).state.doc).toBe(doc);

  await user.click(screen.getByRole('button', { name: 'Build this commit' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/projects/example/components/health-check/build/7'));
  expect(builds[0]?.body).toEqual({ commit: SECOND.sha, again: false });
});

test('files are added, renamed and deleted in one commit', async () => {
  const sent = answers('post', `${BASE}/commits`, SECOND, 201);
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'New file' }));
  await user.type(await screen.findByRole('textbox', { name: 'Path' }), 'main.py');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  expect(await screen.findByText('There is a file of this name.')).toBeVisible();
  await user.clear(screen.getByRole('textbox', { name: 'Path' }));
  await user.type(screen.getByRole('textbox', { name: 'Path' }), 'new.py');
  await user.click(screen.getByRole('button', { name: 'Add' }));
  await user.click(await screen.findByRole('button', { name: 'Rename new.py' }));
  const path = await screen.findByRole('textbox', { name: 'Path' });
  await user.clear(path);
  await user.type(path, 'newer.py');
  await user.click(screen.getByRole('button', { name: 'Rename' }));
  await user.click(await screen.findByRole('button', { name: 'text.py' }));
  await user.click(await screen.findByRole('button', { name: 'Delete lib/text.py' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Save as a commit' })).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent[0]?.body).toMatchObject({ changes: { 'newer.py': '', 'lib/text.py': null } }));
});

test('when somebody saved meanwhile, mine can go on top of theirs', async () => {
  refuses('post', `${BASE}/commits`, 409, 'Somebody saved in the meantime.');
  const { user } = renderAt(HERE);
  await write('main.py', 'mine\n');
  const theirs = commit({ sha: '3'.repeat(40), message: 'Theirs', author: 'noor' });
  answers('get', `${BASE}/source`, source(theirs, [{ path: 'main.py', text: 'theirs\n', size_bytes: 7 }]));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Save as a commit' })).getByRole('button', { name: 'Save' }));

  expect(await screen.findByRole('alert')).toHaveTextContent(/noor saved “Theirs”/);
  expect((await editor('main.py, theirs')).state.doc.toString()).toBe('theirs\n');
  expect((await editor('main.py, mine')).state.doc.toString()).toBe('mine\n');
  await user.click(screen.getByRole('button', { name: 'Keep the right side' }));
  const sent = answers('post', `${BASE}/commits`, SECOND, 201);
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Save as a commit' })).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent[0]?.body).toMatchObject({ parent: theirs.sha, changes: { 'main.py': 'mine\n' } }));
});

test('changes of different places are merged', async () => {
  const files = (text: string) => [{ path: 'main.py', text, size_bytes: text.length }];
  answers('get', `${BASE}/source`, source(FIRST, files('one\ntwo\nthree\n')));
  refuses('post', `${BASE}/commits`, 409, 'Somebody saved in the meantime.');
  const { user } = renderAt(HERE);
  await write('main.py', 'one\ntwo\nmine\n');
  answers('get', `${BASE}/source`, source(commit({ sha: '3'.repeat(40) }), files('theirs\ntwo\nthree\n')));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Save as a commit' })).getByRole('button', { name: 'Save' }));
  await user.click(await screen.findByRole('button', { name: 'Merge both' }));
  const view = await editor('main.py');
  expect(view.state.doc.toString()).toBe('theirs\ntwo\nmine\n');
  undo(view);
  expect(view.state.doc.toString()).toBe('one\ntwo\nmine\n');
});

test('when somebody saved meanwhile, theirs can be loaded instead', async () => {
  refuses('post', `${BASE}/commits`, 409, 'Somebody saved in the meantime.');
  const { user } = renderAt(HERE);
  await write('main.py', 'mine\n');
  answers('get', `${BASE}/source`, source(commit({ sha: '3'.repeat(40) }), [{ path: 'main.py', text: 'theirs\n', size_bytes: 7 }]));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await user.click(within(await screen.findByRole('dialog', { name: 'Save as a commit' })).getByRole('button', { name: 'Save' }));
  await user.click(await screen.findByRole('button', { name: 'Load theirs, drop mine' }));
  expect((await editor('main.py')).state.doc.toString()).toBe('theirs\n');
  expect(screen.getByRole('button', { name: 'Save' })).toBeDisabled();
});

test('an older commit can be read, and a file of it brought back', async () => {
  const older = commit({ sha: '0'.repeat(40), message: 'Older' });
  answers('get', `${BASE}/commits`, [FIRST, older]);
  const { user } = renderAt(HERE);
  await editor('main.py');
  const asked = answers('get', `${BASE}/source`, source(older, [{ path: 'main.py', text: 'old\n', size_bytes: 4 }]));
  await user.click(await screen.findByRole('button', { name: /Older/ }));
  const view = await editor('main.py, to read');
  expect(view.state.doc.toString()).toBe('old\n');
  expect(view.state.readOnly).toBe(true);
  expect(asked[0]?.url.searchParams.get('commit')).toBe(older.sha);
  await user.click(screen.getByRole('radio', { name: 'Changes since' }));
  expect((await editor('main.py, then')).state.doc.toString()).toBe('old\n');
  expect((await editor('main.py, now')).state.doc.toString()).toBe('one = 1\n');
  answers('get', `${BASE}/source`, source());
  await user.click(screen.getByRole('button', { name: 'Bring this file back' }));
  const mine = await editor('main.py');
  expect(mine.state.doc.toString()).toBe('old\n');
  expect(screen.getByText('not saved')).toBeVisible();
  undo(mine);
  expect(mine.state.doc.toString()).toBe('one = 1\n');
});

test('leaving with unsaved changes is asked about first', async () => {
  const { user, router } = renderAt(HERE);
  await write('main.py', 'mine\n');
  await user.click(screen.getByRole('link', { name: 'Settings' }));
  await user.click(await screen.findByRole('button', { name: 'Stay' }));
  expect(router.state.location.pathname).toBe(HERE);
  await user.click(screen.getByRole('link', { name: 'Settings' }));
  await user.click(await screen.findByRole('button', { name: 'Leave without saving' }));
  await waitFor(() => expect(router.state.location.pathname).toContain('/settings'));
});

const KEPT = 'clockhouse-unsaved example/health-check';
const keptOn = (parent: string) => window.localStorage.setItem(KEPT, JSON.stringify({ at: '2026-03-01T11:32:00Z', parent, edits: { 'main.py': 'mine\n' } }));

test('what was not saved is offered on return, and kept until it is saved or discarded', async () => {
  keptOn(FIRST.sha);
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Bring them back' }));
  expect((await editor('main.py')).state.doc.toString()).toBe('mine\n');
  await write('main.py', 'more\n');
  await waitFor(() => expect(window.localStorage.getItem(KEPT)).toContain('more'));
  await user.click(screen.getByRole('button', { name: 'Revert main.py' }));
  await user.click(await screen.findByRole('button', { name: 'Take it back' }));
  await waitFor(() => expect(window.localStorage.getItem(KEPT)).toBeNull());
});

test('what was not saved on an older commit is compared with what was saved since', async () => {
  keptOn('0'.repeat(40));
  const asked = answers('get', `${BASE}/source`, source(SECOND));
  const { user } = renderAt(HERE);
  const bring = await screen.findByRole('button', { name: 'Bring them back' });
  answers('get', `${BASE}/source`, source(commit({ sha: '0'.repeat(40) }), [{ path: 'main.py', text: 'old\n', size_bytes: 4 }]));
  await user.click(bring);
  expect((await editor('main.py')).state.doc.toString()).toBe('mine\n');
  await user.click(await screen.findByRole('button', { name: 'Compare' }));
  expect((await editor('main.py, theirs')).state.doc.toString()).toBe('one = 1\n');
  expect(asked).not.toHaveLength(0);
});

test('what is discarded is gone', async () => {
  keptOn(FIRST.sha);
  const { user } = renderAt(HERE);
  await user.click(await screen.findByRole('button', { name: 'Discard' }));
  expect((await editor('main.py')).state.doc.toString()).toBe('one = 1\n');
  expect(window.localStorage.getItem(KEPT)).toBeNull();
});

test('a source that cannot be loaded is said so, and asked for again', async () => {
  refuses('get', `${BASE}/source`, 503, 'The database is busy.');
  const { user } = renderAt(HERE);
  expect(await screen.findByText('The database is busy.')).toBeVisible();
  answers('get', `${BASE}/source`, source());
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await editor('main.py');
});
