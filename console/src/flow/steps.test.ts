import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawn, idOf, movedTo } from './mapping';
import { blockIn, chartOf, type Flow, type FlowNode, keyOf, nodeIn, ownerOf, parentOf, walk } from './model';
import { above, around, below, besideIn, chosenOf, hasEntry, moved } from './steps';

const golden = (name: string, ending: string) => readFileSync(`../tests/golden/flows/${name}.${ending}`, 'utf8');
const read = (name: string) => drawn(null, golden(name, 'txt'), JSON.parse(golden(name, 'json')) as Flow);
const each = test.for(['health_check', 'issue_summary', 'half_typed'].map((name) => ({ name, now: read(name) })));
const of = (nodes: Iterable<FlowNode>, kind: string): FlowNode => {
  const found = [...nodes].find((node) => node.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
};

each('every step and block of $name is found by its path', ({ now: { flow } }) => {
  for (const node of walk(flow.body)) {
    expect(nodeIn(flow, node.path)).toBe(node);
    node.branches.forEach((branch, number) => {
      expect(blockIn(flow, branch.body.path)).toBe(branch.body);
      expect(ownerOf(flow, branch.body.path)).toEqual({ node, branch, number });
      for (const inner of branch.body.nodes) expect(parentOf(flow, inner.path)).toBe(node);
    });
  }
  expect(nodeIn(flow, [999])).toBeNull();
  expect(blockIn(flow, [0, 99])).toBeNull();
});

each('steps of $name move to a place that is there, and never out of their function', ({ now: { flow } }) => {
  for (const node of walk(flow.body)) {
    for (const by of [-1, 1] as const) {
      const slot = moved(flow, { nodes: [node], path: node.path, count: 1 }, by);
      if (!slot) continue;
      const block = blockIn(flow, slot.block);
      expect(slot.index).toBeLessThanOrEqual(block?.nodes.length ?? -1);
      expect(chartOf(flow, [...slot.block, 0])).toBe(chartOf(flow, node.path));
      expect(keyOf([...slot.block, slot.index - (by === 1 ? 1 : 0)])).not.toBe(keyOf(node.path));
    }
  }
});

test('steps between two of one block are chosen, whichever was first', () => {
  const now = read('health_check');
  const main = [...walk(now.flow.body)].find((node) => node.is_entry);
  const steps = main?.branches[0]?.body.nodes ?? [];
  const [first, second, third] = steps;
  if (!first || !second || !third) throw new Error('main has fewer steps');
  const ids = [first, second, third].map((node) => idOf(now, node));
  const down = chosenOf(now, ids[2] ?? null, ids[0] ?? null);
  expect(down).toMatchObject({ path: first.path, count: 3 });
  expect(chosenOf(now, ids[0] ?? null, ids[2] ?? null)).toEqual(down);
  expect(down && [above(down).index, below(down).index]).toEqual([first.path.at(-1), (third.path.at(-1) ?? 0) + 1]);
  // A step of another block is no neighbour.
  expect(chosenOf(now, ids[0] ?? null, idOf(now, now.flow.body.nodes[0] ?? first))?.count).toBe(1);
  expect(chosenOf(now, null, null)).toBeNull();
});

test('the words about a function are no step to move past', () => {
  const { flow } = read('health_check');
  const nodes = [...walk(flow.body)];
  const doc = of(nodes, 'doc');
  const next = blockIn(flow, doc.path.slice(0, -1))?.nodes[1];
  expect(next && besideIn(flow, next, -1)).toBeNull();
});

test('what is around a block is told up to its function', () => {
  const { flow } = read('issue_summary');
  const loop = of(walk(flow.body), 'foreach');
  expect(around(flow, loop.branches[0]?.body.path ?? [])).toMatchObject({ isInLoop: true, isInFunction: true, isModule: false });
  expect(around(flow, loop.path.slice(0, -1))).toMatchObject({ isInLoop: false, isInFunction: true });
  expect(around(flow, [])).toMatchObject({ isInFunction: false, isModule: true });
  expect(hasEntry(flow)).toBe(true);
});

test('what is asked of a step is asked of the same step of a newer flow', () => {
  const before = read('health_check');
  const target = of(walk(before.flow.body), 'if');
  // One step more above everything: all paths of the file's own steps are one further.
  const shifted = JSON.parse(golden('health_check', 'json'), (key, value: unknown) =>
    key === 'path' && Array.isArray(value) && value.length > 0 ? [Number(value[0]) + 1, ...(value.slice(1) as number[])] : key === 'range' || key === 'full' || key === 'header' ? (value as number[]).map((at) => at + 8) : value,
  ) as Flow;
  const after = drawn(before, `one = 1\n${before.text}`, shifted);
  const asked = { op: 'move', path: target.path, count: 1, block: target.branches[0]?.body.path ?? [], index: 0 };
  expect(movedTo(asked, before, after)).toEqual({ ...asked, path: [(target.path[0] ?? 0) + 1, ...target.path.slice(1)], block: [(asked.block[0] ?? 0) + 1, ...asked.block.slice(1)] });
  expect(movedTo({ op: 'declare' }, before, after)).toEqual({ op: 'declare' });
  const empty = drawn(before, '', { ...before.flow, body: { path: [], at: 0, nodes: [] } });
  expect(movedTo(asked, before, empty)).toBeNull();
});
