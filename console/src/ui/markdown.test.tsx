import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Markdown } from './markdown';

test('a page has headings, lists, tables and code', () => {
  render(<Markdown>{'One `line`.\n\n# What\n\n- a\n- b\n\n| n | m |\n| --- | --- |\n| 1 | 2 |\n'}</Markdown>);
  expect(screen.getByRole('heading', { name: 'What', level: 3 })).toBeInTheDocument();
  expect(screen.getAllByRole('listitem')).toHaveLength(2);
  expect(screen.getByRole('columnheader', { name: 'n' })).toBeInTheDocument();
  expect(screen.getByText('line').tagName).toBe('CODE');
});

test('neither HTML nor an address that is a script comes through', () => {
  render(<Markdown>{'[x](javascript:alert) <img src="x" onerror="alert(1)">'}</Markdown>);
  expect(screen.getByText('x').getAttribute('href')).toBe('');
  expect(screen.queryByRole('img')).toBeNull();
});
