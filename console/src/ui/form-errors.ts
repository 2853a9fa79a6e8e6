/** The server's refusal, on the form that was sent. */
import { toApiError } from '@/lib/errors';

interface FormErrors {
  /** The sentence of each of the form's own fields. */
  fields: Record<string, string>;
  /** What concerns no field of the form; null when every sentence has found its place. */
  rest: string | null;
}

/** Splits an error into what belongs to the fields in `own` and what has to stand above the form. */
export function formErrors(error: unknown, own: readonly string[]): FormErrors {
  if (!error) return { fields: {}, rest: null };
  const { fields, message } = toApiError(error);
  const known = Object.entries(fields).filter(([name]) => own.includes(name));
  const unknown = Object.entries(fields).filter(([name]) => !own.includes(name));
  if (known.length === 0 && unknown.length === 0) return { fields: {}, rest: message };
  return {
    fields: Object.fromEntries(known),
    rest: unknown.length > 0 ? unknown.map(([name, sentence]) => `${name}: ${sentence}`).join(' ') : null,
  };
}
