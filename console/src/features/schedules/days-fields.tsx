import { ActionIcon, Button, Group, Pill, Select, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { Trigger } from '@/lib/types';
import { useCountries } from './api';
import { about } from './draft';
import { changed, countriesOf, datesOf, withCountry, withDates } from './excluded';

interface DaysFieldsProps {
  trigger: Trigger;
  onChange: (trigger: Trigger) => void;
  errors: Readonly<Record<string, string>>;
  /** Whose days these are. */
  zone: string;
}

/** Days on which nothing is due: public holidays, and single days. */
export function DaysFields({ trigger, onChange, errors, zone }: DaysFieldsProps) {
  return (
    <Stack gap={10}>
      <Holidays trigger={trigger} onChange={onChange} errors={errors} zone={zone} />
      <Dates trigger={trigger} onChange={onChange} errors={errors} zone={zone} />
    </Stack>
  );
}

function Holidays({ trigger, onChange, errors, zone }: DaysFieldsProps) {
  const { data: countries = [] } = useCountries();
  const named = useMemo(() => {
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });
    const found = countries.filter(({ country }) => /^[A-Z]{2}$/.test(country)).map(({ country }) => ({ value: country, label: names.of(country) ?? country }));
    return found.sort((one, other) => one.label.localeCompare(other.label));
  }, [countries]);
  const partsOf = (country: string) => countries.find((each) => each.country === country)?.subdivisions ?? [];
  return (
    <>
      {countriesOf(trigger).map(({ index, country, subdivision }) => (
        <Group key={index} gap={6} align="end" wrap="nowrap">
          <Select
            label="Public holidays of"
            size="sm"
            data={named.some((each) => each.value === country) ? named : [{ value: country, label: country }, ...named]}
            value={country}
            onChange={(next) => next && onChange(changed(trigger, index, { country: next, subdivision: null }))}
            searchable
            limit={60}
            allowDeselect={false}
            error={about(errors, `excluding.${index}.country`) ?? about(errors, `excluding.${index}.zone`) ?? about(errors, `excluding.${index}`)}
          />
          {partsOf(country).length > 0 && (
            <Select
              label="Region"
              size="sm"
              placeholder="nationwide only"
              data={[...new Set(partsOf(country))]}
              value={subdivision}
              onChange={(next) => onChange(changed(trigger, index, { country, subdivision: next }))}
              searchable
              clearable
              error={about(errors, `excluding.${index}.subdivision`)}
            />
          )}
          <Tooltip label="Remove these holidays">
            <ActionIcon size="lg" aria-label={`Remove the public holidays of ${country}`} onClick={() => onChange(changed(trigger, index, null))}>
              <IconTrash size={16} stroke={1.7} aria-hidden />
            </ActionIcon>
          </Tooltip>
        </Group>
      ))}
      <Button variant="subtle" size="xs" w="fit-content" leftSection={<IconPlus size={14} aria-hidden />} disabled={named.length === 0} onClick={() => onChange(withCountry(trigger, homeOf(named.map((each) => each.value)), zone))}>
        Leave out public holidays
      </Button>
    </>
  );
}

/** The reader's own country, if it is known. */
function homeOf(known: readonly string[]): string {
  const home = navigator.languages.map((language) => language.split('-').at(-1) ?? '').find((region) => known.includes(region));
  return home ?? known[0] ?? '';
}

function Dates({ trigger, onChange, errors, zone }: DaysFieldsProps) {
  const [day, setDay] = useState('');
  const dates = datesOf(trigger);
  const error = Object.entries(errors).find(([path]) => path.endsWith('.dates'))?.[1];
  return (
    <div>
      <Group gap={6} align="end">
        <TextInput type="date" label="Single days left out" size="sm" value={day} onChange={(event) => setDay(event.currentTarget.value)} error={error} />
        <Button
          variant="default"
          size="sm"
          disabled={day === ''}
          onClick={() => {
            onChange(withDates(trigger, [...dates, day], zone));
            setDay('');
          }}
        >
          Leave out
        </Button>
      </Group>
      {dates.length > 0 && (
        <Pill.Group mt={6} aria-label="Days left out">
          {dates.map((each) => (
            <Pill
              key={each}
              withRemoveButton
              removeButtonProps={{ 'aria-label': `Remove ${each}`, 'aria-hidden': false, tabIndex: 0 }}
              onRemove={() => onChange(withDates(trigger, dates.filter((other) => other !== each), zone))}
            >
              {each}
            </Pill>
          ))}
        </Pill.Group>
      )}
      <Text size="xs" c="dimmed" mt={4}>
        What falls on such a day is left out, not moved to another.
      </Text>
    </div>
  );
}
