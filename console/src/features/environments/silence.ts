/** Whether anybody is there who looks for an environment's work. */
import { secondsBetween } from '@/lib/time';
import type { Agent, Environment } from '@/lib/types';

/** After so many seconds without a word, an agent is taken for silent: it looks for work every few seconds. */
const SILENT_S = 60;

export const isSilent = (at: string | null, now: Date): boolean => at === null || secondsBetween(at, now) > SILENT_S;

/** Since when nobody looks: null while somebody does, or where the servers do it themselves. */
export function silenceOf({ slug, data_plane }: Environment, agents: readonly Agent[], now: Date): 'no agent' | 'never' | { since: string; name: string } | null {
  if (data_plane !== 'agents') return null;
  const mine = agents.filter((each) => each.environment === slug);
  if (mine.length === 0) return 'no agent';
  if (mine.some((each) => !isSilent(each.seen_at, now))) return null;
  const [latest] = mine.filter((each) => each.seen_at !== null).sort((a, b) => (b.seen_at ?? '').localeCompare(a.seen_at ?? ''));
  return latest?.seen_at ? { since: latest.seen_at, name: latest.name } : 'never';
}
