/** Numbers and names in words. */

/** "1,204" */
export const count = (value: number): string => value.toLocaleString('en-GB');

/** "1 component", "3 components" */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** "30.2 MiB" */
export function bytes(value: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit] ?? ''}`;
}

/** "99.86 %"; never rounds up to a whole that it is not. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const value = Math.floor((part / whole) * 10_000) / 100;
  return `${Number.isInteger(value) ? value : value.toFixed(value >= 99 ? 2 : 1)} %`;
}

export const shortSha = (sha: string): string => sha.slice(0, 7);

/** The first line of a commit's message. */
export const subject = (message: string): string => message.split('\n', 1)[0] ?? '';

const WRITTEN_OUT: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l' };

/** The slug that the server takes from a name (`model/identifier.py` has the same rule); empty when nothing is left. */
export const slugOf = (name: string): string =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[äöüßæœøł]/g, (letter) => WRITTEN_OUT[letter] ?? letter)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 60)
    .replace(/-+$/, '');

/** What to say of a name of which no slug is left. */
export const NO_SLUG = 'Its address is made of it, so it needs a letter from a to z or a digit, too.';
