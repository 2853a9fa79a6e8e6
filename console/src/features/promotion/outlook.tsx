import { useDebouncedValue } from '@mantine/hooks';
import { useEffect } from 'react';
import type { ComponentRef, Environment, Review } from '@/lib/types';
import { Async, Loading } from '@/ui/states';
import { useReview, type WishedPromotion } from './api';
import { KeysPart } from './keys-part';
import classes from './promotion.module.css';
import { SchedulePart } from './schedule-part';

interface OutlookProps {
  component: ComponentRef;
  source: Environment;
  target: Environment;
  /** As it would be posted, but for the texts of secrets. */
  wish: WishedPromotion;
  /** Secrets that are given with it. */
  secrets: ReadonlySet<string>;
  /** Why it would be refused, if it would; told whenever that changes. */
  onBlocked: (why: string | null) => void;
}

/** Configuration and due times of the target, as they are and as they would be. */
export function Outlook({ component, source, target, wish, secrets, onBlocked }: OutlookProps) {
  const [settled] = useDebouncedValue(wish, 500);
  const review = useReview(component, settled);
  const data = review.error ? undefined : review.data;
  const blocked = data ? blockedBy(data, secrets) : null;
  useEffect(() => onBlocked(blocked), [blocked, onBlocked]);
  return (
    <Async query={review} loading={<Loading lines={5} />} failed="What this changes could not be worked out.">
      {(found) => (
        <div className={classes['stack']}>
          <KeysPart component={component} keys={found.keys.map((key) => (secrets.has(key.name) ? { ...key, origin: 'given' as const, is_changed: found.present ? true : null, problem: null } : key))} source={source.name} target={target.name} isFirst={!found.present} />
          <SchedulePart before={found.before} after={found.after} target={target.name} stale={review.isPlaceholderData || settled !== wish} />
        </div>
      )}
    </Async>
  );
}

/** A permission, or what of the configuration is missing; the other fields say by themselves what is wrong with them. */
function blockedBy({ problems, forbidden }: Review, secrets: ReadonlySet<string>): string | null {
  if (forbidden) return forbidden;
  const names = Object.keys(problems).flatMap((field) => (field.startsWith('configuration.') ? [field.slice('configuration.'.length)] : []));
  const missing = names.filter((name) => !secrets.has(name));
  if (missing.length > 0) return `${missing.join(', ')} ${missing.length === 1 ? 'needs' : 'need'} a value.`;
  return problems['build'] ?? null;
}
