import { Button } from '@mantine/core';
import { useState } from 'react';
import { plural } from '@/lib/format';
import type { ComponentRef, Environment } from '@/lib/types';
import { Section } from '@/ui/page';
import { useRequests } from './api';
import classes from './approvals.module.css';
import { RequestCard } from './request-card';

interface RequestsProps {
  component: ComponentRef;
  environments: readonly Environment[];
}

/** What waits to be approved of a component; what was decided about is shown when somebody wants it. */
export function Requests({ component, environments }: RequestsProps) {
  const [all, setAll] = useState(false);
  const { data } = useRequests(component);
  const needed = environments.some((each) => each.approval);
  if (!data || (data.length === 0 && !needed)) return null;
  const open = data.filter((each) => each.status === 'open');
  const shown = all ? data : data.filter((each) => each.status === 'open' || each.is_news);
  const decided = data.length - open.length;
  return (
    <Section
      title="Approvals"
      aside={
        decided > 0 && (
          <Button size="compact-xs" variant="default" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? 'Only what is new' : `Show ${plural(decided, 'decision')}`}
          </Button>
        )
      }
    >
      <div className={classes['list']}>
        {shown.map((each) => (
          <RequestCard key={each.number} request={each} />
        ))}
        {!all && open.length === 0 && <p className={classes['soft']}>Nothing waits to be approved.</p>}
      </div>
    </Section>
  );
}

interface RequestsOfBuildProps {
  component: ComponentRef;
  build: number;
}

/** Where a build is asked for, and what was decided about that; nothing where nobody asked. */
export function RequestsOfBuild({ component, build }: RequestsOfBuildProps) {
  const { data = [] } = useRequests(component);
  const mine = data.filter((each) => each.release.build === build);
  if (mine.length === 0) return null;
  return (
    <Section title="Approvals">
      <div className={classes['list']}>
        {mine.map((each) => (
          <RequestCard key={each.number} request={each} />
        ))}
      </div>
    </Section>
  );
}
