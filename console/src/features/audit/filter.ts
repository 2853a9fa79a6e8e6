/** Which entries of the audit trail are shown, kept in the address. */
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { quote } from '@/lib/shell';
import type { Trail } from './api';

const NAMES = ['text', 'actor', 'action', 'object', 'project', 'environment', 'outcome', 'since', 'from', 'to'] as const;
export type Name = (typeof NAMES)[number];
export type Chosen = Partial<Record<Name, string>>;

export const SPANS: readonly { value: string; label: string; hours: number }[] = [
  { value: '1h', label: 'Last hour', hours: 1 },
  { value: '24h', label: 'Last 24 hours', hours: 24 },
  { value: '7d', label: 'Last 7 days', hours: 7 * 24 },
  { value: '30d', label: 'Last 30 days', hours: 30 * 24 },
];
/** What entries are about, by the noun that their actions begin with. */
export const KINDS: readonly { value: string; label: string }[] = [
  { value: 'call', label: 'Refused or failed calls' },
  { value: 'request', label: 'Requests for approval' },
  { value: 'deployment', label: 'Deployments' },
  { value: 'execution', label: 'Executions' },
  { value: 'build', label: 'Builds' },
  { value: 'source', label: 'Source' },
  { value: 'configuration', label: 'Configuration' },
  { value: 'secret', label: 'Secrets' },
  { value: 'component', label: 'Components' },
  { value: 'project', label: 'Projects' },
  { value: 'environment', label: 'Environments' },
  { value: 'person', label: 'People and roles' },
  { value: 'session', label: 'Signing in and out' },
  { value: 'password', label: 'Passwords' },
  { value: 'token', label: 'Tokens' },
  { value: 'agent', label: 'Agents' },
  { value: 'audit', label: 'The audit trail' },
];

/** The kind that an action is of; undefined for one that has no words here. */
export function kindOf(action: string | undefined): string | undefined {
  const [noun] = action?.split('.') ?? [];
  return KINDS.find((each) => each.value === noun)?.value;
}

export const OUTCOMES = ['succeeded', 'refused', 'failed'] as const;
type Outcome = (typeof OUTCOMES)[number];
const isOutcome = (text: string | undefined): text is Outcome => OUTCOMES.some((each) => each === text);

export function readChosen(search: URLSearchParams): Chosen {
  return Object.fromEntries(NAMES.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])));
}

/** An instant as it is typed, in the reader's zone; undefined for what is none. */
function instant(typed: string | undefined): string | undefined {
  const at = typed ? new Date(typed) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : undefined;
}

/** What the API is asked for. A span is reckoned from the minute at hand, so that the question stays the same for a while. */
export function asked({ since, from, to, outcome, ...rest }: Chosen, now: Date): Trail {
  const span = SPANS.find((each) => each.value === since);
  const minute = Math.floor(now.getTime() / 60_000) * 60_000;
  const start = span ? new Date(minute - span.hours * 3_600_000).toISOString() : instant(from);
  const end = span ? undefined : instant(to);
  return { ...rest, ...(isOutcome(outcome) && { outcome }), ...(start && { from: start }), ...(end && { to: end }) };
}

/** The same question on the command line. */
export function command({ text, since, from, to, ...rest }: Chosen): string {
  const options = Object.entries(rest).map(([name, value]) => `--${name} ${quote(value)}`);
  const span = SPANS.find((each) => each.value === since)?.value;
  const start = span ?? instant(from);
  const end = span ? undefined : instant(to);
  return ['audit', ...(text ? [quote(text)] : []), ...options, ...(start ? [`--since ${start}`] : []), ...(end ? [`--until ${end}`] : [])].join(' ');
}

export function useChosen(): readonly [Chosen, (change: { [name in Name]?: string | null }) => void] {
  const [search, setSearch] = useSearchParams();
  const chosen = useMemo(() => readChosen(search), [search]);
  const choose = useCallback(
    (change: { [name in Name]?: string | null }) =>
      setSearch(
        (present) => {
          const changed = new URLSearchParams(present);
          for (const [name, value] of Object.entries(change)) {
            if (value) changed.set(name, value);
            else changed.delete(name);
          }
          return changed;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  return [chosen, choose];
}
