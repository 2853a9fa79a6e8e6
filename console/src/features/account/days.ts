/** Days of a calendar, as instants. */

/** When a day begins where the reader is; null for what is no day. */
export function beginningOf(day: string): string | null {
  const at = new Date(`${day}T00:00`);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
