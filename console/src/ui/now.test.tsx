import { act, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useNow } from './now';

const NOON = new Date('2026-11-22T12:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ now: NOON });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

function Second({ drawnIn = 0 }: { drawnIn?: number }) {
  const now = useNow(1000);
  pass(drawnIn);
  return <i>{now.toISOString().slice(11, 19)}</i>;
}

const shown = () => screen.getAllByText(/:/).map((each) => each.textContent);

test('what takes long to draw is drawn, and goes on with the next tick', () => {
  render(Array.from({ length: 20 }, (_, n) => <Second key={n} drawnIn={300} />));
  expect(shown()).toHaveLength(20);
  const before = shown()[0];

  act(() => vi.advanceTimersByTime(1000));

  expect(shown()[0]).not.toBe(before);
});

test('what joins between two ticks is told the present', () => {
  const { rerender } = render([<Second key="first" />]);
  pass(900_000);
  rerender([<Second key="first" />, <Second key="second" />]);

  expect(shown()[1]).toBe('12:15:00');
});
