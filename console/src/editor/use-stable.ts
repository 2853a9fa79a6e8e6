import { useCallback, useLayoutEffect, useRef } from 'react';

/** The newest of a callback under one identity, so that what it is passed to is not drawn again for it. */
export function useStable<Given extends unknown[], Told>(callback: (...given: Given) => Told): (...given: Given) => Told {
  const newest = useRef(callback);
  useLayoutEffect(() => {
    newest.current = callback;
  }, [callback]);
  return useCallback((...given: Given) => newest.current(...given), []);
}
