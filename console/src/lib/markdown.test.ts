import { expect, test } from 'vitest';
import { blocksOf, inlineOf } from './markdown';

test('the words of a line lose their marks', () => {
  expect(inlineOf('Run `make` **now**, *please*: [here](https://a.example/x).')).toEqual([
    { kind: 'text', text: 'Run ' },
    { kind: 'code', text: 'make' },
    { kind: 'text', text: ' ' },
    { kind: 'strong', text: 'now' },
    { kind: 'text', text: ', ' },
    { kind: 'emphasis', text: 'please' },
    { kind: 'text', text: ': ' },
    { kind: 'link', text: 'here', address: 'https://a.example/x' },
    { kind: 'text', text: '.' },
  ]);
});

test('a link that is no web address stays text', () => {
  expect(inlineOf('[x](javascript:alert)')).toEqual([{ kind: 'text', text: '[x](javascript:alert)' }]);
});

test('a page is headings, paragraphs, lists, tables and code', () => {
  const page = ['One', 'line.', '', '## What', '', '- a', '  more', '', '  ```', '  x = 1', '  ```', '- b', '', '| `n` | m |', '| --- | --- |', '| 1 | 2 |'];
  expect(blocksOf(page.join('\n'))).toEqual([
    { kind: 'paragraph', text: [{ kind: 'text', text: 'One line.' }] },
    { kind: 'heading', text: [{ kind: 'text', text: 'What' }] },
    {
      kind: 'list',
      items: [
        [
          { kind: 'paragraph', text: [{ kind: 'text', text: 'a more' }] },
          { kind: 'code', text: 'x = 1' },
        ],
        [{ kind: 'paragraph', text: [{ kind: 'text', text: 'b' }] }],
      ],
    },
    {
      kind: 'table',
      header: [[{ kind: 'code', text: 'n' }], [{ kind: 'text', text: 'm' }]],
      rows: [[[{ kind: 'text', text: '1' }], [{ kind: 'text', text: '2' }]]],
    },
  ]);
});

test('code that is not closed ends with the page', () => {
  expect(blocksOf('```\n**x**')).toEqual([{ kind: 'code', text: '**x**' }]);
});
