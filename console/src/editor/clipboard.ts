/** Steps on their way from one place to another, as code: on the system's clipboard where that can be had, and here. */

let kept = '';

/** Keeps code to be put in elsewhere, also outside of this page. */
export async function keep(code: string): Promise<void> {
  kept = code;
  try {
    // Only pages that came over a secure way have it.
    await (navigator.clipboard as Clipboard | undefined)?.writeText(code);
  } catch {
    // The browser was told not to: it can be put in within this page.
  }
}

/** What the clipboard has; what was kept here when it cannot be read. */
export async function taken(): Promise<string> {
  try {
    return (await (navigator.clipboard as Clipboard | undefined)?.readText()) ?? kept;
  } catch {
    return kept;
  }
}

/** Code from column 0, of a text that may be indented as a whole; what was kept here for an empty one. */
export function asCode(text: string): string {
  const lines = (text.trim() === '' ? kept : text).replace(/\r\n?/g, '\n').split('\n');
  const margins = lines.filter((line) => line.trim() !== '').map((line) => /^[ \t]*/.exec(line)?.[0] ?? '');
  const margin = margins[0] ?? '';
  return margins.every((each) => each.startsWith(margin)) ? lines.map((line) => line.slice(line.startsWith(margin) ? margin.length : line.length)).join('\n') : lines.join('\n');
}
