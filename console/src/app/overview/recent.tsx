import { useElementSize } from '@mantine/hooks';
import { useExecutions } from '@/features/executions/api';
import { addresses } from '@/lib/addresses';
import type { Card, ComponentRef } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { Async, Loading } from '@/ui/states';
import { Strip } from '@/ui/strip';
import classes from './recent.module.css';

const CELL = 10;
const MOST = 150;

/** The newest occurrences of each environment, as many as there is room for. */
export function Recent({ of, cards }: { of: ComponentRef; cards: readonly Card[] }) {
  const { ref, width } = useElementSize();
  const slots = Math.max(10, Math.min(MOST, Math.floor(width / CELL)));
  return (
    <div className={classes['recent']}>
      <div ref={ref} className={classes['measure']} />
      {cards.map((card) => (
        <Row key={card.environment.slug} of={of} card={card} slots={slots} />
      ))}
    </div>
  );
}

function Row({ of, card, slots }: { of: ComponentRef; card: Card; slots: number }) {
  const { slug, name } = card.environment;
  const executions = useExecutions({ ...of, environment: slug, limit: MOST });
  return (
    <div className={classes['row']}>
      <TextLink to={`${addresses.executions(of)}?environment=${slug}`}>{name}</TextLink>
      <Async query={executions} loading={<Loading lines={1} height={22} />} failed="The executions could not be loaded.">
        {({ items }) =>
          items.length === 0 ? (
            <span className={classes['none']}>Nothing has run yet.</span>
          ) : (
            <Strip
              executions={[...items].reverse()}
              slots={slots}
              padded={false}
              to={(execution) => addresses.execution(of, execution.id)}
              label={`Recent executions in ${name}, oldest first`}
            />
          )
        }
      </Async>
    </div>
  );
}
