import { act, renderHook } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { Drafts, useDraft, useRefused } from './drafts';

test('what the source refuses is known until it is thrown away', async () => {
  const drafts = new Drafts();
  const apply = vi.fn(() => Promise.resolve<string | null>('It was never closed.'));
  const field = renderHook(() => useDraft(drafts, 'step-3 value', '1', apply));
  const refused = renderHook(() => useRefused(drafts));
  act(() => field.result.current.write('(1'));
  expect(refused.result.current).toEqual([]);
  await act(async () => field.result.current.commit());
  expect(refused.result.current).toEqual([{ key: 'step-3 value', id: 'step-3', text: '(1', why: 'It was never closed.' }]);
  field.unmount();
  act(() => drafts.set('step-3 value', null));
  expect(refused.result.current).toEqual([]);
});
