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
  const decided = data.length - open.length;
  const nameOf = (slug: string) => environments.find((each) => each.slug === slug)?.name ?? slug;
  return (
    <Section
      title="Approvals"
      aside={
        decided > 0 && (
          <Button size="compact-xs" variant="default" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? 'Only what waits' : `Show ${plural(decided, 'decision')}`}
          </Button>
        )
      }
    >
      <div className={classes['list']}>
        {(all ? data : open).map((each) => (
          <RequestCard key={each.number} request={each} environment={nameOf(each.environment)} />
        ))}
        {!all && open.length === 0 && <p className={classes['soft']}>Nothing waits to be approved.</p>}
      </div>
    </Section>
  );
}
