import { useDelivery } from '@/features/metrics/api';
import { nextZone } from '@/lib/schedules';
import type { Card, ComponentRef } from '@/lib/types';
import { Countdown, Time } from '@/ui/time';
import { deliveryWords } from './delivery-words';

/** "Next in 12 s (08:00 Colombo, Development). Last 30 days: 719 of 720 delivered, 1 skipped." */
export function Sentence({ of, cards }: { of: ComponentRef; cards: readonly Card[] }) {
  const delivery = useDelivery(of);
  if (!cards.some((card) => card.deployment)) return 'It does not run anywhere yet.';
  return (
    <>
      <Next cards={cards} /> {delivery.data && deliveryWords(delivery.data)}
    </>
  );
}

function Next({ cards }: { cards: readonly Card[] }) {
  const soonest = cards
    .flatMap((card) => (card.next_due_at ? [{ card, at: card.next_due_at }] : []))
    .sort((a, b) => a.at.localeCompare(b.at))[0];
  if (!soonest) {
    return cards.some((card) => card.deployment?.pause) ? 'Paused: nothing is due.' : 'No schedule: it runs by hand only.';
  }
  return (
    <>
      Next <Countdown at={soonest.at} /> (<Time at={soonest.at} as="clock" zone={nextZone(soonest.card)} />,{' '}
      {soonest.card.environment.name}).
    </>
  );
}
