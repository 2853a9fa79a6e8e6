import { completionStatus, startCompletion } from '@codemirror/autocomplete';
import { EditorView } from '@codemirror/view';
import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Providers } from '@/app/providers';
import { drawn } from '@/flow/mapping';
import type { Field, FlowNode } from '@/flow/model';
import { createQueryClient } from '@/lib/query';
import type { Operation } from '@/lib/types';
import { answers } from '@/test/server';
import { Drafts } from './drafts';
import { StepForm } from './step-form';

const expression = { kind: 'expression' as const, documentation: '', is_optional: false };
const palette = {
  templates: [],
  connectors: [],
  forms: {
    variable: [
      { ...expression, name: 'target', title: 'Name', kind: 'target' },
      { ...expression, name: 'type', title: 'Type', kind: 'type', is_optional: true },
      { ...expression, name: 'value', title: 'Value' },
    ],
  },
};

beforeAll(() => {
  // What CodeMirror measures with, and jsdom has not.
  Range.prototype.getClientRects = () => [] as unknown as DOMRectList;
  Range.prototype.getBoundingClientRect = () => new DOMRect();
});

beforeEach(() => {
  answers('get', '/flows/palette', palette);
  answers('post', '/flows/scope', []);
  answers('post', '/flows/check', { problem: null });
});

const field = (name: string, kind: string, text: string): Field => ({ name, kind, range: [0, 0], text });

function shown(node: Partial<FlowNode>, answer: string | null = null, text = 'x = "text"') {
  const step: FlowNode = { kind: 'variable', label: '', range: [0, 9], full: [0, 9], path: [0], fields: [], branches: [], ...node };
  const now = drawn(null, text, { valid: true, anchors: [], body: { path: [], at: 0, nodes: [step] } });
  const apply = vi.fn((_: Operation) => Promise.resolve(answer));
  render(
    <Providers client={createQueryClient()} env="test">
      <StepForm drawn={now} selected={[...now.ids.values()][0] ?? ''} apply={apply} drafts={new Drafts()} />
    </Providers>,
  );
  return { apply, user: userEvent.setup({ delay: null }) };
}

const variable = (value: string) => ({ fields: [field('target', 'target', 'x'), field('value', 'expression', value)] });

test('a plain text is edited as such, and written as Python in its own quotes', async () => {
  const { apply, user } = shown(variable("'text'"));
  const value = await screen.findByRole('textbox', { name: 'Value' });
  expect(value).toHaveValue('text');
  await user.clear(value);
  await user.type(value, 'say "hi"{Enter}');
  await waitFor(() => expect(apply).toHaveBeenCalledWith({ op: 'set', path: [0], branch: null, field: 'value', text: `'say "hi"'` }));
});

test('a refused expression stays as it was typed, with the reason', async () => {
  const { apply, user } = shown(variable('other'), "'(' was never closed.");
  const value = await screen.findByRole('textbox', { name: 'Value' });
  const view = EditorView.findFromDOM(value);
  view?.dispatch({ changes: { from: 0, to: 5, insert: 'other(' } });
  await user.click(value);
  await user.keyboard('{Enter}');
  expect(await screen.findByRole('alert')).toHaveTextContent("'(' was never closed. The source is as it was");
  expect(apply).toHaveBeenCalledTimes(1);
  expect(view?.state.doc.toString()).toBe('other(');
  await waitFor(() => expect(value).toHaveAttribute('aria-invalid', 'true'));
});

test('what is applied has no completion open, so that Escape leads back to the step', async () => {
  answers('post', '/flows/scope', [{ name: 'other', kind: 'variable', detail: '', documentation: '', insert: 'other' }]);
  const { user } = shown(variable('oth'));
  const value = await screen.findByRole('textbox', { name: 'Value' });
  const view = EditorView.findFromDOM(value);
  if (!view) throw new Error('There is no editor.');
  await user.click(value);
  startCompletion(view);
  expect(completionStatus(view.state)).not.toBeNull();
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(completionStatus(view.state)).toBeNull();
});

test('an expression that is a plain value for a moment goes on being typed', async () => {
  const { user } = shown(variable('other'));
  const value = await screen.findByRole('textbox', { name: 'Value' });
  const view = EditorView.findFromDOM(value);
  await user.click(value);
  act(() => view?.dispatch({ changes: { from: 0, to: 5, insert: '1' } }));
  expect(await screen.findByRole('button', { name: /^Value/ })).toBeVisible(); // it could be a value by now
  expect(value).toBeInTheDocument();
  expect(value).toHaveFocus();
  act(() => value.blur());
  expect(await screen.findByRole('textbox', { name: 'Value' })).toHaveValue('1');
});

test('a number that goes on as an expression becomes one, with all that was typed', async () => {
  const { apply, user } = shown(variable('5'));
  await user.click(await screen.findByRole('textbox', { name: 'Value' }));
  await user.keyboard('{End} ');
  const value = screen.getByRole('textbox', { name: 'Value' });
  expect(value).toHaveFocus();
  const view = EditorView.findFromDOM(value);
  expect(view?.state.doc.toString()).toBe('5 ');
  expect(apply).not.toHaveBeenCalled();
});

test('after F2, a name is changed wherever it is used', async () => {
  const { apply, user } = shown(variable('1'));
  await user.click(await screen.findByRole('textbox', { name: 'Name' }));
  await user.keyboard('{F2}');
  const name = screen.getByRole('textbox', { name: 'Name: new name, everywhere' });
  await user.clear(name);
  await user.type(name, 'total{Enter}');
  await waitFor(() => expect(apply).toHaveBeenCalledWith({ op: 'rename', path: [0], branch: null, field: 'target', name: 'total' }));
});

test('what is optional can be added, and what was added taken away', async () => {
  const { apply, user } = shown({ fields: [...variable('1').fields, field('type', 'type', 'int')] });
  await user.click(await screen.findByRole('button', { name: 'Remove Type' }));
  await waitFor(() => expect(apply).toHaveBeenCalledWith({ op: 'set', path: [0], branch: null, field: 'type', text: null }));
});

test('a comment is edited whole, and a note above a step is its comment', async () => {
  const { apply, user } = shown({ kind: 'comment', label: 'one', range: [0, 15] }, null, '# one\n    # two\n');
  const comment = await screen.findByRole('textbox', { name: 'Comment' });
  expect(comment).toHaveValue('one\ntwo');
  await user.type(comment, ' more');
  await user.tab();
  await waitFor(() => expect(apply).toHaveBeenCalledWith({ op: 'note', path: [0], text: 'one\ntwo more' }));
});

test('a step that does nothing yet can be given code', async () => {
  answers('post', '/flows/code', { code: '...\n' });
  shown({ kind: 'pass', range: [0, 3], full: [0, 3] }, null, '...');
  expect(await screen.findByRole('textbox', { name: 'Python' })).toHaveTextContent('...');
});
