/** Words of a command line. */

/** The word as a POSIX shell reads it back: as it is when that is safe, else in single quotes. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
