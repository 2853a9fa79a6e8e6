import { Link } from 'react-router';
import { useExecutions } from '@/features/executions/api';
import { addresses } from '@/lib/addresses';
import { isBad, STATE_ORDER } from '@/lib/outcome';
import type { Card, ComponentRef, Execution } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { Outcome } from '@/ui/outcome';
import { Section } from '@/ui/page';
import { Time } from '@/ui/time';
import classes from './recent-failures.module.css';

const BAD = STATE_ORDER.filter(isBad);

/** What did not go as promised lately, with its reasons; nothing when all went well. */
export function RecentFailures({ of, cards }: { of: ComponentRef; cards: readonly Card[] }) {
  const { data } = useExecutions({ ...of, state: BAD, limit: 5 });
  if (!data || data.items.length === 0) return null;
  const all = new URLSearchParams(BAD.map((state) => ['state', state]));
  return (
    <Section title="Recent failures" aside={<TextLink to={`${addresses.executions(of)}?${all.toString()}`}>All of them</TextLink>}>
      <ul className={classes['list']}>
        {data.items.map((execution) => (
          <li key={execution.id}>
            <Failure of={of} execution={execution} environment={nameOf(execution.environment, cards)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Failure({ of, execution, environment }: { of: ComponentRef; execution: Execution; environment: string }) {
  return (
    <Link to={addresses.execution(of, execution.id)} className={classes['row']}>
      <Outcome state={execution.state} />
      <span className={classes['soft']}>{environment}</span>
      <span className={classes['soft']}>
        <Time at={execution.due_at} />
      </span>
      <span className={classes['reason']}>{execution.reason?.sentence}</span>
    </Link>
  );
}

const nameOf = (slug: string, cards: readonly Card[]): string =>
  cards.find((card) => card.environment.slug === slug)?.environment.name ?? slug;
