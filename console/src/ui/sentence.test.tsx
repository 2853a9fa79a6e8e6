import { render, screen } from '@testing-library/react';
import { expect, test } from 'vitest';
import { Sentence } from './sentence';

test('a command in a sentence is set as code', () => {
  const { container } = render(<Sentence>{'Run `clockhouse sign-in` there.'}</Sentence>);
  expect(screen.getByText('clockhouse sign-in').tagName).toBe('CODE');
  expect(container).toHaveTextContent('Run clockhouse sign-in there.');
});
