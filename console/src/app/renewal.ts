// A page that was open while the server was renewed asks for parts that are no more, and begins anew for that.

const KEY = 'clockhouse.began-anew';
const BETWEEN_MS = 30_000;

/** Whether it helps to begin anew: it does not where that was just done. A part that is missing now is said so. */
export function mayBeginAnew(now: number, storage: Storage = window.sessionStorage): boolean {
  const before = Number(storage.getItem(KEY) ?? Number.NEGATIVE_INFINITY);
  if (now - before < BETWEEN_MS) return false;
  storage.setItem(KEY, String(now));
  return true;
}
