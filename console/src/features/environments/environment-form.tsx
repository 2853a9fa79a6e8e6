import { Button, type InputWrapperProps, NumberInput, Select, Text } from '@mantine/core';
import { useState } from 'react';
import type { Environment, Retention } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { useChangeEnvironment, type Wanted } from './api';
import classes from './environments.module.css';
import { commands, PLANES } from './words';

/** What it means stands below the field, so that fields beside each other stay in line. */
const ORDER: NonNullable<InputWrapperProps['inputWrapperOrder']> = ['label', 'input', 'description', 'error'];

type Plane = Environment['data_plane'];

interface EnvironmentFormProps {
  environment: Environment;
  retention: Retention;
  /** What is chosen to run it, saved or not. */
  plane: Plane;
  onPlane: (plane: Plane) => void;
}

/** Where its executions run, how many at once, and how long they are kept; what was changed is saved together. */
export function EnvironmentForm({ environment, retention, plane, onPlane }: EnvironmentFormProps) {
  const [atOnce, setAtOnce] = useState(environment.at_once);
  const [days, setDays] = useState(retention.days);
  const [last, setLast] = useState<number | null>(retention.last);
  const change = useChangeEnvironment(environment.slug);
  const { fields, rest } = formErrors(change.error, ['at_once', 'days', 'last', 'data_plane']);

  const wanted: Wanted = {
    ...((days !== retention.days || last !== retention.last) && { retention: { days, last: last ?? 0 } }),
    ...(atOnce !== environment.at_once && { atOnce: { at_once: atOnce } }),
    ...(plane !== environment.data_plane && { dataPlane: plane }),
  };
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    change.mutate(wanted, { onSuccess: () => notifyDone(`${environment.name} is changed.`) });
  };
  return (
    <form onSubmit={submit} aria-label={`Settings of ${environment.name}`} className={classes['form']}>
      <Select
        inputWrapperOrder={ORDER}
        label="Executions run on"
        description={`${plane === 'docker' ? 'Of servers started with --docker-host. ' : ''}What runs already goes on where it is.`}
        data={PLANES}
        value={plane}
        allowDeselect={false}
        onChange={(chosen) => onPlane(PLANES.find((each) => each.value === chosen)?.value ?? plane)}
        error={fields['data_plane']}
      />
      <Amount
        label="At once"
        description="Of all components together; more wait for their turn. Empty: any number."
        placeholder="any number"
        value={atOnce}
        onChange={setAtOnce}
        error={fields['at_once']}
      />
      <Amount
        label="Keep executions for"
        description="With their logs; what is older is removed within the hour. Empty: all of them, for ever."
        placeholder="for ever"
        suffix=" days"
        value={days}
        onChange={setDays}
        error={fields['days']}
      />
      <Amount
        label="Keep at least"
        description="Of each component the last so many, however old. Empty: none but by their age."
        placeholder="none"
        value={last}
        onChange={setLast}
        error={fields['last']}
      />
      {rest && (
        <Text role="alert" c="red" size="sm" className={classes['whole']}>
          {rest}
        </Text>
      )}
      {commands(environment.slug, wanted).map((command) => (
        <div key={command} className={classes['whole']}>
          <CliHint command={command} />
        </div>
      ))}
      <div className={classes['whole']}>
        <May do="administer" project={null}>
          <Button type="submit" variant="default" disabled={Object.keys(wanted).length === 0} loading={change.isPending}>
            Save
          </Button>
        </May>
      </div>
    </form>
  );
}

interface AmountProps {
  label: string;
  description: string;
  /** What an empty field means. */
  placeholder: string;
  /** The unit, where it is one. */
  suffix?: string;
  value: number | null;
  onChange: (value: number | null) => void;
  error: React.ReactNode;
}

function Amount({ onChange, value, ...field }: AmountProps) {
  return (
    <NumberInput
      {...field}
      inputWrapperOrder={ORDER}
      min={0}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="none"
      value={value ?? ''}
      onChange={(typed) => onChange(typeof typed === 'number' ? typed : null)}
    />
  );
}
