/** The part of Markdown that pages of ours are written in: headings, paragraphs, lists, tables and code. */

export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong'; text: string }
  | { kind: 'emphasis'; text: string }
  | { kind: 'link'; text: string; address: string };

export type Block =
  | { kind: 'heading'; text: Inline[] }
  | { kind: 'paragraph'; text: Inline[] }
  | { kind: 'list'; items: Block[][] }
  | { kind: 'table'; header: Inline[][]; rows: Inline[][][] }
  | { kind: 'code'; text: string };

const FENCE = /^\s*```/;
const HEADING = /^#{1,6}\s+(.*)$/;
const ITEM = /^[-*]\s+(.*)$/;
const ROW = /^\|(.*)\|\s*$/;
const RULE = /^\|[\s:|-]+\|\s*$/;
const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*]+)\*|\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)/g;

/** The blocks of a page, in order. What is none of these is a paragraph. */
export function blocksOf(source: string): Block[] {
  const lines = source.split('\n');
  const found: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = HEADING.exec(line);
    if (line.trim() === '') at += 1;
    else if (FENCE.test(line)) at = code(lines, at, found);
    else if (heading) {
      found.push({ kind: 'heading', text: inlineOf(heading[1] ?? '') });
      at += 1;
    } else if (ROW.test(line)) at = table(lines, at, found);
    else if (ITEM.test(line)) at = list(lines, at, found);
    else at = paragraph(lines, at, found);
  }
  return found;
}

/** The words of a line with their marks taken off. */
export function inlineOf(text: string): Inline[] {
  const found: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > end) found.push({ kind: 'text', text: text.slice(end, match.index) });
    const [whole, code, strong, emphasis, label, address] = match;
    if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (strong !== undefined) found.push({ kind: 'strong', text: strong });
    else if (emphasis !== undefined) found.push({ kind: 'emphasis', text: emphasis });
    else found.push({ kind: 'link', text: label ?? whole, address: address ?? '' });
    end = match.index + whole.length;
  }
  if (end < text.length) found.push({ kind: 'text', text: text.slice(end) });
  return found;
}

function code(lines: readonly string[], from: number, found: Block[]): number {
  let end = from + 1;
  while (end < lines.length && !FENCE.test(lines[end] ?? '')) end += 1;
  found.push({ kind: 'code', text: lines.slice(from + 1, end).join('\n') });
  return end + 1;
}

function table(lines: readonly string[], from: number, found: Block[]): number {
  let end = from;
  while (end < lines.length && ROW.test(lines[end] ?? '')) end += 1;
  const [header = [], ...rows] = lines
    .slice(from, end)
    .filter((line) => !RULE.test(line))
    .map(cellsOf);
  found.push({ kind: 'table', header, rows });
  return end;
}

const cellsOf = (line: string): Inline[][] =>
  (ROW.exec(line)?.[1] ?? '').split('|').map((cell) => inlineOf(cell.trim()));

/** Items with what is indented below them, which is blocks of its own. */
function list(lines: readonly string[], from: number, found: Block[]): number {
  const items: Block[][] = [];
  let at = from;
  while (at < lines.length) {
    const first = ITEM.exec(lines[at] ?? '');
    if (!first) break;
    const inside = [first[1] ?? ''];
    at += 1;
    while (at < lines.length && belongs(lines, at)) {
      inside.push((lines[at] ?? '').replace(/^ {2}/, ''));
      at += 1;
    }
    items.push(blocksOf(inside.join('\n')));
  }
  found.push({ kind: 'list', items });
  return at;
}

const belongs = (lines: readonly string[], at: number): boolean =>
  /^ {2}/.test(lines[at] ?? '') || ((lines[at] ?? '').trim() === '' && /^ {2}/.test(lines[at + 1] ?? ''));

function paragraph(lines: readonly string[], from: number, found: Block[]): number {
  let end = from;
  const begins = (line: string) => line.trim() === '' || FENCE.test(line) || HEADING.test(line) || ROW.test(line) || ITEM.test(line);
  do end += 1;
  while (end < lines.length && !begins(lines[end] ?? ''));
  const text = lines.slice(from, end).map((line) => line.trim());
  found.push({ kind: 'paragraph', text: inlineOf(text.join(' ')) });
  return end;
}
