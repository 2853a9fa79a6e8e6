/** How lines end: the editor counts each end as one, and a file keeps its own. */

/** A text as it is edited. */
export const asEdited = (text: string): string => text.replace(/\r\n?/g, '\n');

/** An edited text with the line ends of `like`. */
export const withEndsOf = (like: string, edited: string): string => (like.includes('\r\n') ? edited.replaceAll('\n', '\r\n') : edited);
