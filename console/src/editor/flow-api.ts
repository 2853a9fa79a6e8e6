/** The flow of a source, as the server reads it. */
import type { Flow } from '@/flow/model';
import { answer, api } from '@/lib/api';

/** `anchors`: those of the last flow that was valid, mapped through what was typed since. */
export async function readFlow(text: string, anchors: readonly number[], signal: AbortSignal): Promise<Flow> {
  const found = await answer(api.POST('/api/v1/flows/model', { body: { text, anchors: [...anchors], unfolded: null }, signal }));
  // The schema cannot say that a range has two numbers.
  return found as unknown as Flow;
}
