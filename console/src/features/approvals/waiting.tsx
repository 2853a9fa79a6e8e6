import { plural } from '@/lib/format';
import { Section } from '@/ui/page';
import { useNews, useWaiting } from './api';
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
          <RequestCard key={`${each.project}/${each.component} ${each.number}`} request={each} named />
        ))}
      </div>
    </Section>
  );
}

/** What was decided about the reader's own requests, until they have seen it; nothing where there is no news. */
export function DecidedForMe() {
  const { data: news = [] } = useNews();
  if (news.length === 0) return null;
  return (
    <Section title={`${plural(news.length, 'request')} of yours ${news.length === 1 ? 'was' : 'were'} decided`}>
      <div className={classes['list']}>
        {news.map((each) => (
          <RequestCard key={`${each.project}/${each.component} ${each.number}`} request={each} named />
        ))}
      </div>
    </Section>
  );
}
