import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { layout, type Layout, type Placed } from './layout';
import { difference, drawn, idOf, mapAll, mapped, nodeOf } from './mapping';
import { chartOf, charts, firstChart, type Flow, type FlowNode, nodeAt, walk } from './model';
import { branchLine, lineOf, place as placeOf, titleOf } from './words';

const SOURCES = ['health_check', 'issue_summary', 'half_typed'] as const;
const golden = (name: string, ending: string) => readFileSync(`../tests/golden/flows/${name}.${ending}`, 'utf8');
const read = (name: (typeof SOURCES)[number]) => ({ text: golden(name, 'txt'), flow: JSON.parse(golden(name, 'json')) as Flow });
const open = { title: 'Start', isFolded: () => false };

const each = test.for(SOURCES.map((name) => ({ name, ...read(name) })));

each('every step of $name is found at the place where it begins', ({ flow }) => {
  for (const node of walk(flow.body)) expect(nodeAt(flow.body, node.range[0])?.path).toEqual(node.path);
});

each('a chart of $name has each of its steps once, and none of them overlap', ({ flow }) => {
  for (const chart of charts(flow)) {
    const made = layout(chart.block, open);
    expect(made.steps.map((step) => step.node)).toEqual(drawnIn(chart.block.nodes));
    for (const [index, step] of made.steps.entries()) {
      for (const other of made.steps.slice(index + 1)) expect(overlap(step, other)).toBe(false);
    }
  }
});

each('ways through $name lead down, and end at a step, a dot or an end', ({ flow }) => {
  for (const chart of charts(flow)) {
    const made = layout(chart.block, open);
    for (const { points } of made.links) {
      points.slice(1).forEach((point, index) => expect(point.y).toBeGreaterThanOrEqual(points[index]?.y ?? 0));
      const end = points.at(-1);
      expect(end && isTarget(made, end.x, end.y)).toBe(true);
    }
  }
});

each('each step of $name belongs to one chart, which has it', ({ flow }) => {
  for (const node of walk(flow.body)) {
    const chart = charts(flow).find((other) => other.name === chartOf(flow, node.path));
    expect([...walk(chart?.block ?? flow.body)]).toContain(node);
  }
});

each('every step of $name has words', ({ flow }) => {
  for (const node of walk(flow.body)) {
    expect(titleOf(node)).not.toBe('');
    expect(`${titleOf(node)}${lineOf(node)}`).not.toMatch(/undefined|\n/);
    for (const branch of node.branches) expect(branchLine(node, branch)).not.toMatch(/undefined|\n/);
  }
});

test('what the platform calls is the chart to begin with', () => {
  expect(firstChart(read('health_check').flow)).toBe('main');
});

test('folded steps have nothing below them', () => {
  const { flow } = read('issue_summary');
  const main = charts(flow).find((chart) => chart.name === 'main');
  if (!main) throw new Error('There is no main.');
  const made = layout(main.block, { title: 'main', isFolded: (node) => node.kind === 'foreach' });
  expect(made.steps.every((step) => step.depth === 0)).toBe(true);
  expect(made.steps.find((step) => step.node.kind === 'foreach')?.isFolded).toBe(true);
});

test('nothing goes on after a return, and a branch that is not there is passed', () => {
  const leaves = node({ kind: 'return', label: 'return' });
  const asks = node({ kind: 'if', label: 'if x', branches: [{ label: 'if', header: [0, 1], fields: [], body: { path: [0, 0], at: 0, nodes: [leaves] } }] });
  const made = layout({ path: [], at: 0, nodes: [asks] }, open);
  expect(made.links.map((link) => link.label)).toEqual(['', 'yes', 'else', '']);
  expect(made.ends.map((end) => end.label)).toEqual(['Start', 'End']);
  expect(layout({ path: [], at: 0, nodes: [leaves] }, open).ends.map((end) => end.label)).toEqual(['Start']);
  const [long] = layout({ path: [], at: 0, nodes: [] }, { ...open, title: 'clients/orders.py' }).ends;
  expect(long?.width).toBeGreaterThan(17 * 6);
  expect(long?.x).toBe(-(long?.width ?? 0) / 2);
});

test('places are followed through a change, and lost inside of it', () => {
  const change = difference('one two three', 'one 2 three');
  expect(change).toEqual({ from: 4, to: 7, insert: 1 });
  expect([0, 4, 5, 6, 7, 12].map((place) => mapped(change, place))).toEqual([0, 4, null, null, 5, 10]);
  expect(mapAll(change, [0, 5, 8])).toEqual([0, 6]);
  expect(difference('same', 'same')).toBeNull();
});

test('places outside of any one change are where their letters are', () => {
  let seed = 7;
  const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (let round = 0; round < 300; round += 1) {
    const before = Array.from({ length: random(40) }, () => 'ab\n'[random(3)]).join('');
    const from = random(before.length + 1);
    const to = from + random(before.length - from + 1);
    const after = before.slice(0, from) + 'ab\n'.slice(0, random(4)) + before.slice(to);
    const change = difference(before, after);
    for (let place = 0; place < before.length; place += 1) {
      const now = mapped(change, place);
      if (now !== null && now < after.length && place !== change?.from) expect(after[now]).toBe(before[place]);
    }
  }
});

each('steps of $name keep their ids when lines come and go above them', ({ text, flow }) => {
  const first = drawn(null, text, flow);
  const second = drawn(first, `# above\n${text}`, shifted(flow, 8));
  expect([...walk(second.flow.body)].map((node) => idOf(second, node))).toEqual([...walk(flow.body)].map((node) => idOf(first, node)));
  expect(new Set(first.ids.values()).size).toBe(first.ids.size);
  const last = [...walk(second.flow.body)].at(-1);
  expect(last && nodeOf(second, idOf(second, last))).toBe(last);
});

test('a step that is moved keeps its id, and a new one gets its own', () => {
  const flowOf = (...lines: string[]): { text: string; flow: Flow } => {
    const nodes = lines.map((line, index) => {
      const from = lines.slice(0, index).reduce((sum, each) => sum + each.length + 1, 0);
      return node({ kind: 'call', label: line, range: [from, from + line.length], full: [from, from + line.length + 1], path: [index] });
    });
    return { text: lines.map((line) => `${line}\n`).join(''), flow: { valid: true, anchors: [], body: { path: [], at: 0, nodes } } };
  };
  const before = flowOf('a()', 'bb()', 'ccc()');
  const after = flowOf('ccc()', 'a()', 'new()', 'bb()');
  const first = drawn(null, before.text, before.flow);
  const second = drawn(first, after.text, after.flow);
  const ids = (of: typeof first) => Object.fromEntries(of.flow.body.nodes.map((each) => [each.label, idOf(of, each)]));
  expect(ids(second)).toMatchObject(ids(first));
  expect(Object.values(ids(first))).not.toContain(ids(second)['new()']);
});

test('what is read out tells the place and what is wrong', () => {
  const broken = node({ kind: 'code', label: 'x = (', problem: "'(' was never closed" });
  expect(placeOf(broken, { step: 2, of: 9, depth: 1 })).toBe("Step 2 of 9, level 2. Not Python yet: '(' was never closed");
});

function node(own: Partial<FlowNode> & Pick<FlowNode, 'kind' | 'label'>): FlowNode {
  return { range: [0, 1], full: [0, 1], path: [0], fields: [], branches: [], ...own };
}

function drawnIn(nodes: readonly FlowNode[]): FlowNode[] {
  return nodes
    .filter((each) => each.kind !== 'doc')
    .flatMap((each) => [each, ...(each.kind === 'function' ? [] : each.branches.flatMap((branch) => drawnIn(branch.body.nodes)))]);
}

const overlap = (one: Placed, other: Placed) =>
  one.x < other.x + other.width && other.x < one.x + one.width && one.y < other.y + other.height && other.y < one.y + one.height;

const isTarget = (made: Layout, x: number, y: number) =>
  [...made.steps, ...made.ends].some((box) => box.x + box.width / 2 === x && box.y === y) || made.dots.some((dot) => dot.x === x && dot.y === y);

function shifted(flow: Flow, by: number): Flow {
  return JSON.parse(JSON.stringify(flow), (key, value: unknown) =>
    (key === 'range' || key === 'full' || key === 'header') && Array.isArray(value) ? value.map((each: number) => each + by) : value,
  ) as Flow;
}

test('code that is still to be written is no step that does nothing', () => {
  const pass = (label: string) => ({ kind: 'pass', label, fields: [], branches: [] }) as unknown as FlowNode;
  expect([titleOf(pass('...')), lineOf(pass('...'))]).toEqual(['Code', 'to be written']);
  expect([titleOf(pass('pass')), lineOf(pass('pass'))]).toEqual(['Nothing', 'a step can go here']);
});
