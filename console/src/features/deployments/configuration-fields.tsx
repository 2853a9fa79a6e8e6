import { Button, Group, Input, MultiSelect, NumberInput, PasswordInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { IconFileCode, IconKey } from '@tabler/icons-react';
import type { Setting } from '@/lib/types';
import { valueWords } from './changes';
import classes from './deploy-form.module.css';
import { isSecretWish, type SecretWish } from './wish';

interface ConfigurationFieldsProps {
  settings: readonly Setting[];
  values: Readonly<Record<string, unknown>>;
  onChange: (name: string, value: unknown) => void;
  /** By the whole path: `configuration.url`. */
  errors: Readonly<Record<string, React.ReactNode>>;
  /** Secrets that have a value already, and whose it is. */
  kept: ReadonlySet<string>;
  keptBy: string;
  /** What the component's file says, which nobody can say otherwise here: the names, and whose file it is. */
  said?: { names: ReadonlySet<string>; by: string };
}

/** A field for each value that the code asks for, by its type. */
export function ConfigurationFields({ settings, values, onChange, errors, kept, keptBy, said }: ConfigurationFieldsProps) {
  return (
    <div className={classes['fields']}>
      {settings.map((setting) => {
        const field: FieldProps = {
          setting,
          value: values[setting.name],
          onChange: (value) => onChange(setting.name, value),
          error: errors[`configuration.${setting.name}`],
        };
        if (said?.names.has(setting.name)) return <SaidField key={setting.name} {...field} by={said.by} />;
        if (setting.type === 'secret') return <SecretField key={setting.name} {...field} isKept={kept.has(setting.name)} keptBy={keptBy} />;
        return <Field key={setting.name} {...field} />;
      })}
    </div>
  );
}

/** In the place of a field: the component's file says the value. */
function SaidField({ setting, value, error, by }: FieldProps & { by: string }) {
  const { label, description, withAsterisk } = wrapper(setting);
  return (
    <Input.Wrapper label={label} labelElement="div" description={description} withAsterisk={withAsterisk} error={error}>
      <div className={classes['secret']} role="group" aria-label={setting.name}>
        <IconFileCode size={15} stroke={1.7} aria-hidden />
        <span className={classes['saidValue']}>{valueWords(value) ?? 'empty'}</span>
        <span className={classes['saidBy']}>said by {by}</span>
      </div>
    </Input.Wrapper>
  );
}

interface FieldProps {
  setting: Setting;
  value: unknown;
  onChange: (value: unknown) => void;
  error: React.ReactNode;
}

function Field(props: FieldProps) {
  const { setting, value, onChange, error } = props;
  const common = { ...wrapper(setting), error, size: 'sm' } as const;
  if (setting.type === 'list') return <ListField {...props} />;
  if (setting.choices) return <ChoiceField {...props} />;
  if (setting.type === 'flag') return <FlagField {...props} />;
  if (setting.type === 'integer' || setting.type === 'number') {
    return (
      <NumberInput
        {...common}
        {...(setting.minimum !== null && { min: setting.minimum })}
        {...(setting.maximum !== null && { max: setting.maximum })}
        clampBehavior="none"
        allowDecimal={setting.type === 'number'}
        value={typeof value === 'number' || typeof value === 'string' ? value : ''}
        onChange={onChange}
        classNames={{ wrapper: classes['narrow'] ?? '' }}
      />
    );
  }
  return (
    <TextInput
      {...common}
      value={typeof value === 'string' ? value : ''}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="off"
      spellCheck={false}
    />
  );
}

/** Name, description and example, alike for every type. */
function wrapper(setting: Setting) {
  const range = rangeWords(setting);
  const example = valueWords(setting.example);
  const byDefault = setting.required ? undefined : valueWords(setting.default);
  return {
    label: <span className="mono">{setting.name}</span>,
    description: sentences(setting.description, range),
    placeholder: example ? `for example ${example}` : (byDefault ?? (setting.required ? '' : 'not set')),
    withAsterisk: setting.required,
    'aria-required': setting.required,
    name: setting.name,
  };
}

/** One after the other, each with its end. */
function sentences(...parts: (string | undefined)[]): string | undefined {
  const said = parts.flatMap((part) => part || []);
  return said.map((part, index) => (index < said.length - 1 && !/[.!?:…]$/.test(part) ? `${part}.` : part)).join(' ') || undefined;
}

function rangeWords({ minimum, maximum }: Setting): string {
  if (minimum !== null && maximum !== null) return `From ${minimum} to ${maximum}.`;
  if (minimum !== null) return `${minimum} or more.`;
  return maximum === null ? '' : `${maximum} or less.`;
}

function FlagField({ setting, value, onChange, error }: FieldProps) {
  const { label, description } = wrapper(setting);
  if (setting.default === null && !setting.required) {
    const chosen = value === true ? 'yes' : value === false ? 'no' : null;
    return (
      <Select
        label={label}
        description={description}
        error={error}
        size="sm"
        classNames={{ wrapper: classes['narrow'] ?? '' }}
        data={['yes', 'no']}
        placeholder="not set"
        clearable
        value={chosen}
        onChange={(next) => onChange(next === null ? null : next === 'yes')}
      />
    );
  }
  return <Switch label={label} description={description} error={error} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
}

function ChoiceField({ setting, value, onChange, error }: FieldProps) {
  const choices = setting.choices ?? [];
  const at = choices.findIndex((choice) => choice === value);
  return (
    <Select
      {...wrapper(setting)}
      error={error}
      size="sm"
      data={choices.map((choice, index) => ({ value: String(index), label: String(choice) }))}
      value={at < 0 ? null : String(at)}
      onChange={(next) => onChange(next === null ? '' : choices[Number(next)])}
      clearable={!setting.required}
      allowDeselect={!setting.required}
      placeholder={setting.required ? 'Choose one' : 'not set'}
      searchable={choices.length > 8}
    />
  );
}

function ListField({ setting, value, onChange, error }: FieldProps) {
  const items = Array.isArray(value) ? value.map(String) : [];
  const common = { ...wrapper(setting), error, size: 'sm', value: items, onChange } as const;
  if (setting.choices) return <MultiSelect {...common} data={setting.choices.map(String)} />;
  const description = sentences(common.description, 'Enter or a comma adds one.');
  return <TagsInput {...common} description={description} {...(items.length > 0 && { placeholder: '' })} splitChars={[',']} acceptValueOnBlur />;
}

interface SecretFieldProps extends FieldProps {
  isKept: boolean;
  keptBy: string;
}

/** A secret can be written and never read: it is kept, replaced or removed. */
function SecretField({ setting, value, onChange, error, isKept, keptBy }: SecretFieldProps) {
  const { label, description, withAsterisk } = wrapper(setting);
  const wish: SecretWish = isSecretWish(value) ? value : { secret: 'replace', text: '' };
  const write = (next: SecretWish) => onChange(next);
  if (wish.secret === 'replace') {
    return (
      <div>
        <PasswordInput
          label={label}
          description={description}
          withAsterisk={withAsterisk}
          aria-required={setting.required}
          error={error}
          size="sm"
          value={wish.text}
          onChange={(event) => write({ secret: 'replace', text: event.currentTarget.value })}
          autoComplete="new-password"
          placeholder={setting.required ? '' : 'not set'}
          visibilityToggleButtonProps={{ 'aria-label': `Show what is typed for ${setting.name}` }}
        />
        {isKept && (
          <Button variant="transparent" size="compact-xs" px={0} mt={4} onClick={() => write({ secret: 'keep' })}>
            Keep the present value
          </Button>
        )}
      </div>
    );
  }
  return (
    <Input.Wrapper label={label} labelElement="div" description={description} withAsterisk={withAsterisk} error={error}>
      <div className={classes['secret']} role="group" aria-label={setting.name}>
        <IconKey size={15} stroke={1.7} aria-hidden />
        <span className={classes['secretText']}>{wish.secret === 'keep' ? `•••••• ${keptBy}` : 'Will be removed'}</span>
        <Group gap={4} wrap="nowrap">
          {wish.secret === 'remove' ? (
            <Button variant="subtle" size="compact-xs" onClick={() => write({ secret: 'keep' })}>
              Keep the present value
            </Button>
          ) : (
            <>
              <Button variant="subtle" size="compact-xs" aria-label={`Replace ${setting.name}`} onClick={() => write({ secret: 'replace', text: '' })}>
                Replace
              </Button>
              {!setting.required && (
                <Button variant="subtle" color="gray" size="compact-xs" aria-label={`Remove ${setting.name}`} onClick={() => write({ secret: 'remove' })}>
                  Remove
                </Button>
              )}
            </>
          )}
        </Group>
      </div>
    </Input.Wrapper>
  );
}
