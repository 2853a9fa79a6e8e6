import { useState } from 'react';

/** The first of values that are alike, so that what is passed it is not drawn again for another. */
export function useAlike<Value>(value: Value, isAlike: (one: Value, other: Value) => boolean): Value {
  const [kept, setKept] = useState(value);
  if (isAlike(kept, value)) return kept;
  setKept(value);
  return value;
}
