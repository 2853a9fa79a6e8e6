import { Select } from '@mantine/core';
import { useMemo } from 'react';
import { useNow } from '@/ui/now';
import { allZones, offsetName } from './zones';
import classes from './schedules.module.css';

interface ZoneSelectProps {
  value: string;
  onChange: (zone: string) => void;
  error?: React.ReactNode;
  description?: React.ReactNode;
}

/** A time zone, found by typing a part of its name. */
export function ZoneSelect({ value, onChange, error, description }: ZoneSelectProps) {
  const zones = useMemo(() => {
    const known = allZones();
    return known.includes(value) ? known : [value, ...known];
  }, [value]);
  const now = useNow(60_000);
  return (
    <Select
      label="Time zone"
      size="sm"
      description={description}
      data={zones}
      value={value}
      onChange={(zone) => zone && onChange(zone)}
      error={error}
      searchable
      // Hundreds of options are not drawn before somebody looks at them.
      comboboxProps={{ keepMounted: false }}
      allowDeselect={false}
      limit={60}
      nothingFoundMessage="No zone has this in its name."
      filter={({ options, search }) => {
        const wanted = search.trim().toLowerCase().replaceAll(' ', '_');
        return options.filter((option) => 'value' in option && option.value.toLowerCase().includes(wanted));
      }}
      renderOption={({ option }) => (
        <span className={classes['zone']}>
          {option.value}
          <span className={classes['offset']}>{offsetName(option.value, now)}</span>
        </span>
      )}
      rightSection={<span className={classes['offset']}>{offsetName(value, now)}</span>}
      rightSectionWidth={74}
      rightSectionPointerEvents="none"
    />
  );
}
