/** Which of the two views of a source are shown, remembered in this browser. */
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';

export type View = 'code' | 'both' | 'flow';

const isView = (value: unknown): value is View => value === 'code' || value === 'both' || value === 'flow';

export interface ViewChoice {
  /** In a narrow window never both. */
  view: View;
  isNarrow: boolean;
  choose: (view: View) => void;
}

export function useView(): ViewChoice {
  const isNarrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [chosen, choose] = useLocalStorage<View>({
    key: 'clockhouse-views',
    defaultValue: 'both',
    getInitialValueInEffect: false,
    deserialize: (kept) => (isView(kept) ? kept : 'both'),
    serialize: (view) => view,
  });
  return { view: isNarrow && chosen === 'both' ? 'code' : chosen, isNarrow, choose };
}
