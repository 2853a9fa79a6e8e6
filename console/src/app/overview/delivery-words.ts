/** What was promised and what became of it, as a sentence. */
import { count } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import type { Delivery, State } from '@/lib/types';

// What did not start, and what started and did not end well, in the order of telling.
const NOT_DELIVERED: readonly State[] = ['skipped', 'missed', 'lost'];
const NOT_WELL: readonly State[] = ['failed', 'timed_out', 'cancelled'];

/** "Last 30 days: 719 of 720 delivered, 1 skipped. 12 failed." */
export function deliveryWords({ promised, delivered, counts }: Delivery): string {
  if (promised === 0) return 'Nothing was due in the last 30 days.';
  const lost = told(NOT_DELIVERED, counts);
  const bad = told(NOT_WELL, counts);
  const first = [`${count(delivered)} of ${count(promised)} delivered`, ...lost].join(', ');
  return `Last 30 days: ${first}.${bad.length > 0 ? ` ${bad.join(', ')}.` : ''}`;
}

function told(states: readonly State[], counts: Delivery['counts']): string[] {
  return states.flatMap((state) => {
    const many = counts[state];
    return many ? [`${count(many)}\u00a0${STATES[state].label.toLowerCase()}`] : [];
  });
}
