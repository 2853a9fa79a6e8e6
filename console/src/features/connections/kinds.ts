/** What source code is built as, in words. */
import type { SourceKind } from '@/lib/types';

export const KINDS: Readonly<Record<SourceKind, string>> = {
  python: 'Python',
  ballerina: 'Ballerina',
  dockerfile: 'Dockerfile',
  image: 'Ready image',
};

export function kindOf(text: string | null): SourceKind | null {
  return text !== null && Object.hasOwn(KINDS, text) ? (text as SourceKind) : null;
}
