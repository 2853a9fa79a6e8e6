/** Where the focus goes after an edit: the step or the panel that is wanted is only there once the new flow is drawn. */
import { useCallback, useRef } from 'react';

// Some frames more than a slow machine needs to draw what was answered.
const MOST_FRAMES = 240;

/** Tries `act` at each frame until it says that it is done, or another is wanted. */
export function useSettle(): (act: () => boolean) => void {
  const turn = useRef(0);
  return useCallback((act) => {
    turn.current += 1;
    const own = turn.current;
    let frames = 0;
    const look = () => {
      frames += 1;
      if (own !== turn.current || frames > MOST_FRAMES || act()) return;
      window.requestAnimationFrame(look);
    };
    window.requestAnimationFrame(look);
  }, []);
}
