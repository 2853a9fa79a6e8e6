/** Where somebody wanted to go before they were asked to sign in. */
import { addresses } from './addresses';

/** Of a location's state: an address of ours, nothing else. */
export function cameFrom(state: unknown): string {
  const wanted = typeof state === 'object' && state !== null && 'from' in state ? state.from : null;
  return typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) ? wanted : addresses.home;
}
