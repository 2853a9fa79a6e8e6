import { plural } from '@/lib/format';
import { Section } from '@/ui/page';
import { useWaiting } from './api';
import classes from './approvals.module.css';
import { RequestCard } from './request-card';

/** What waits for the reader's decision, in all projects; nothing where nothing does. */
export function WaitingForMe() {
  const { data } = useWaiting();
  const mine = data?.filter((each) => each.may_decide) ?? [];
  if (mine.length === 0) return null;
  return (
    <Section title={`${plural(mine.length, 'deployment')} ${mine.length === 1 ? 'waits' : 'wait'} for your approval`}>
      <div className={classes['list']}>
        {mine.map((each) => (
          <RequestCard key={`${each.project}/${each.component} ${each.number}`} request={each} environment={each.environment} named />
        ))}
      </div>
    </Section>
  );
}
