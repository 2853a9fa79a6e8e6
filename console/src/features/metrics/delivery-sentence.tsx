import { count, percent, plural } from '@/lib/format';
import { STATES } from '@/lib/outcome';
import type { Delivery, State } from '@/lib/types';

/** What the schedules promised against what was started: "719 of 720 promised executions were delivered (99.86 %), 1 skipped." */
export function DeliverySentence({ delivery, when }: { delivery: Delivery; when: string }) {
  const { promised, delivered } = delivery;
  if (promised === 0) return <>No schedule promised anything {when}.</>;
  return (
    <>
      <strong className="number">
        {count(delivered)} of {count(promised)}
      </strong>{' '}
      {promised === 1 ? 'promised execution was' : 'promised executions were'} delivered {when} (
      <span className="number">{percent(delivered, promised)}</span>){rest(delivery)}.
      {codeOutcome(delivery)}
    </>
  );
}

const UNDELIVERED: readonly State[] = ['skipped', 'missed', 'queued'];
const WENT_WRONG: readonly State[] = ['failed', 'timed_out', 'lost', 'cancelled'];

function rest({ promised, delivered, counts }: Delivery): string {
  if (delivered >= promised) return '';
  const parts = listed(counts, UNDELIVERED);
  return parts ? `; ${parts}` : `; ${plural(promised - delivered, 'was', 'were')} not`;
}

function codeOutcome({ counts }: Delivery): string {
  const wrong = listed(counts, WENT_WRONG);
  return wrong ? ` Of what ran, ${count(counts.succeeded ?? 0)} succeeded, ${wrong}.` : '';
}

const listed = (counts: Delivery['counts'], states: readonly State[]): string =>
  states
    .filter((state) => (counts[state] ?? 0) > 0)
    .map((state) => `${count(counts[state] ?? 0)} ${STATES[state].label.toLowerCase()}`)
    .join(', ');
