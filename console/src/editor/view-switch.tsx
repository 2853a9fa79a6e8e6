import { SegmentedControl } from '@mantine/core';
import type { ViewChoice } from './use-view';

/** Code, flow or both. */
export function ViewSwitch({ view, isNarrow, choose }: ViewChoice) {
  return (
    <SegmentedControl
      aria-label="View"
      size="xs"
      value={view}
      onChange={choose}
      data={[
        { value: 'code', label: 'Code' },
        ...(isNarrow ? [] : [{ value: 'both' as const, label: 'Both' }]),
        { value: 'flow', label: isNarrow ? 'Outline' : 'Flow' },
      ]}
    />
  );
}
