import { IconAlertTriangle, IconArrowRight } from '@tabler/icons-react';
import { addresses } from '@/lib/addresses';
import type { ComponentRef, ReviewedKey } from '@/lib/types';
import { TextLink } from '@/ui/link';
import classes from './promotion.module.css';

interface KeysPartProps {
  component: ComponentRef;
  keys: readonly ReviewedKey[];
  source: string;
  target: string;
  /** Nothing is deployed in the target. */
  isFirst: boolean;
}

/** Where each value comes from and what changes; a missing one says where to set it. Secrets tell only whether. */
export function KeysPart({ component, keys, source, target, isFirst }: KeysPartProps) {
  if (keys.length === 0) return <p className={classes['note']}>The code asks for no values.</p>;
  const origins: Readonly<Record<ReviewedKey['origin'], string>> = {
    given: 'given above',
    target: `set for ${target}`,
    everywhere: 'set for all environments',
    source: `taken over from ${source}`,
    default: 'the code’s default',
    nothing: 'none',
  };
  return (
    <table className={classes['keys']} aria-label={`Configuration in ${target}`}>
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Value from</th>
          <th scope="col">Change</th>
        </tr>
      </thead>
      <tbody>
        {keys.map((key) => (
          <tr key={key.name} data-problem={key.problem ? true : undefined}>
            <th scope="row" className="mono">
              {key.name}
            </th>
            <td>{key.problem ? '–' : origins[key.origin]}</td>
            <td>
              {key.problem ? (
                <span className={classes['missing']}>
                  <IconAlertTriangle size={14} aria-hidden /> {key.problem} Give it above, or <TextLink to={`${addresses.settings(component)}#configuration`}>set it in Settings</TextLink>.
                </span>
              ) : (
                <ChangeOf entry={key} isFirst={isFirst} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ChangeOf({ entry: { is_secret, is_changed, origin, before, after }, isFirst }: { entry: ReviewedKey; isFirst: boolean }) {
  if (is_changed === false) return <span className={classes['soft']}>the same</span>;
  if (isFirst && is_secret) return <span className={classes['soft']}>{origin === 'nothing' ? 'none' : 'a secret'}</span>;
  if (is_secret) return <>{is_changed ? 'another secret' : <span className={classes['soft']}>a secret; whether it is another one is not known</span>}</>;
  if (is_changed === null) return <Value value={after} />;
  return (
    <span className={classes['change']}>
      <Value value={before} /> <IconArrowRight size={13} stroke={2} aria-label="becomes" /> <Value value={after} />
    </span>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className={classes['soft']}>none</span>;
  return <span className={classes['value']}>{typeof value === 'string' ? value : JSON.stringify(value)}</span>;
}
