import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test } from 'vitest';
import type { CalendarDay } from '@/lib/types';
import { calendar } from '@/test/values';
import { DueCalendar } from './due-calendar';

const day = (date: string, own: Partial<CalendarDay> = {}): CalendarDay => ({ date, count: 1, due: [`${date}T02:30:00Z`], changes: [], left_out: [], overlapping: 0, skipped: 0, ...own });
const change = { schedule: 0, zone: 'Europe/Berlin', at: '2027-03-28T01:00:00Z', by_s: 3600, due: 1, effect: 'moved' as const, sentence: 'Clocks go forward.' };
const MARCH = calendar({
  months: [{ month: '2027-03', count: 30 }],
  days: [...Array.from({ length: 30 }, (_, index) => day(`2027-03-${String(index + 1).padStart(2, '0')}`)), day('2027-03-31', { count: 0, due: [], left_out: [{ schedule: 0, why: 'A holiday', count: 1 }] })].map((each) =>
    each.date === '2027-03-28' ? { ...each, changes: [change] } : each,
  ),
});

test('days are walked along with the arrow keys, by day and by week, and each is told', async () => {
  const user = userEvent.setup();
  render(
    <MantineProvider env="test">
      <DueCalendar calendar={MARCH} label="Due times" />
    </MantineProvider>,
  );
  await user.tab();
  expect(screen.getByRole('button', { name: 'Mon 1 Mar: 1 due, at 02:30' })).toHaveFocus();
  await user.keyboard('{ArrowDown}{ArrowRight}');
  expect(screen.getByRole('button', { name: 'Tue 9 Mar: 1 due, at 02:30' })).toHaveFocus();
  await user.keyboard('{End}');
  expect(screen.getByRole('button', { name: 'Wed 31 Mar: nothing due' })).toHaveFocus();
  expect(screen.getByRole('button', { name: 'Wed 31 Mar: nothing due' })).toHaveAccessibleDescription(/1 left out: A holiday\./);
  await user.hover(screen.getByRole('button', { name: /^Sun 28 Mar/ }));
  expect(screen.getByText('Clocks go forward.')).toBeVisible();
});

test('all of it can be read as a table', async () => {
  const user = userEvent.setup();
  render(
    <MantineProvider env="test">
      <DueCalendar calendar={MARCH} label="Due times" />
    </MantineProvider>,
  );
  await user.click(screen.getByText('As a table'));
  expect(await screen.findAllByRole('row')).toHaveLength(32);
  expect(screen.getByRole('row', { name: /28 Mar/ })).toHaveTextContent('1 due, at 02:30. Clocks go forward.');
});
