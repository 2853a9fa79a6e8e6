import { addresses } from '@/lib/addresses';
import type { Environment } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { useNow } from '@/ui/now';
import { Time } from '@/ui/time';
import { useAgents } from './api';
import classes from './environments.module.css';
import { silenceOf } from './silence';

/** Says that nobody looks for an environment's work, since when, and the way out; nothing while all is well. */
export function SilenceNote({ environment }: { environment: Environment }) {
  const agents = useAgents(environment.data_plane === 'agents');
  const silence = silenceOf(environment, agents.data ?? [], useNow(10_000));
  if (!agents.data || silence === null) return null;
  const { name } = environment;
  return (
    <p role="note" className={classes['silence']}>
      {silence === 'no agent' ? (
        `${name} runs on agents and has none: what falls due waits. `
      ) : silence === 'never' ? (
        `No agent of ${name} has been started yet: what falls due waits. `
      ) : (
        <>
          No agent of {name} has asked for work since <Time at={silence.since} as="clock" /> ({silence.name}): what falls due waits.{' '}
        </>
      )}
      <TextLink to={addresses.environments}>{silence === 'no agent' ? 'Add an agent' : 'See its agents'}</TextLink>
    </p>
  );
}
