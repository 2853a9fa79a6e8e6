import { NumberInput, TextInput } from '@mantine/core';
import type { Container } from '@/lib/types';
import { Fold } from '@/ui/fold';
import { containerWords } from './changes';
import classes from './deploy-form.module.css';

const MEBIBYTE = 1024 * 1024;

interface ContainerFieldsProps {
  value: Container;
  onChange: (container: Container) => void;
  errors: Readonly<Record<string, React.ReactNode>>;
}

/** What an execution may have where it runs in a container; what is left empty is the server's to say. Folded. */
export function ContainerFields({ value, onChange, errors }: ContainerFieldsProps) {
  const wrong = Object.keys(errors).some((path) => path.startsWith('container'));
  const number = (given: string | number) => (typeof given === 'number' ? given : null);
  return (
    <Fold title="Container" summary={containerWords(value)} open={wrong}>
      <div className={classes['pair']}>
        <NumberInput
          label="Memory"
          description="MiB; a task that takes more has failed."
          size="sm"
          min={16}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          placeholder="as the server says"
          value={value.memory_bytes ? value.memory_bytes / MEBIBYTE : ''}
          onChange={(given) => {
            const mebibytes = number(given);
            onChange({ ...value, memory_bytes: mebibytes === null ? null : mebibytes * MEBIBYTE });
          }}
          error={errors['container.memory_bytes']}
        />
        <NumberInput
          label="Processors"
          description="0.5 is half of one."
          size="sm"
          min={0.01}
          allowNegative={false}
          clampBehavior="none"
          placeholder="as the server says"
          value={value.cpus ?? ''}
          onChange={(given) => onChange({ ...value, cpus: number(given) })}
          error={errors['container.cpus']}
        />
        <NumberInput
          label="Processes"
          description="How many there may be at once."
          size="sm"
          min={1}
          allowDecimal={false}
          allowNegative={false}
          clampBehavior="none"
          placeholder="as the server says"
          value={value.processes ?? ''}
          onChange={(given) => onChange({ ...value, processes: number(given) })}
          error={errors['container.processes']}
        />
        <TextInput
          label="Network"
          description="none, or one that the server offers."
          size="sm"
          autoComplete="off"
          spellCheck={false}
          placeholder="as the server says"
          value={value.network ?? ''}
          onChange={(event) => onChange({ ...value, network: event.currentTarget.value.trim() || null })}
          error={errors['container.network']}
        />
      </div>
    </Fold>
  );
}
