import { Stack, Text } from '@mantine/core';
import { roleWords } from '@/lib/roles';
import type { Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Confirm } from '@/ui/confirm';
import { notifyDone } from '@/ui/notify';
import { Async, Loading } from '@/ui/states';
import { usePeople, useRenameEnvironment } from './api';
import classes from './environments.module.css';
import { type Held, remarked } from './words';

const SHOWN = 8;

interface MarkDialogProps {
  environment: Environment;
  onClose: () => void;
}

/** Asks before it counts as production, or does no more, and names those whose roles weigh otherwise then. */
export function MarkDialog({ environment, onClose }: MarkDialogProps) {
  const { slug, name, is_production: isProduction } = environment;
  const people = usePeople();
  const change = useRenameEnvironment(slug);
  const confirm = () =>
    change.mutate(
      { is_production: !isProduction },
      {
        onSuccess: (changed) => {
          notifyDone(`${changed.name} ${changed.is_production ? 'counts' : 'does not count'} as production.`);
          onClose();
        },
      },
    );
  return (
    <Confirm
      opened
      onClose={onClose}
      title={isProduction ? `Count ${name} as production no more` : `Mark ${name} as production`}
      action={isProduction ? 'Count it no more' : 'Mark it as production'}
      onConfirm={confirm}
      busy={change.isPending}
      error={change.error}
    >
      <Stack gap="sm">
        <Text size="sm">
          {isProduction
            ? `Operators and admins of projects then change what is in ${name} without a role for production.`
            : `To deploy, run or pause in ${name} then takes a role for production.`}
        </Text>
        <Async query={people} loading={<Loading lines={2} />} failed="Whose roles this changes could not be loaded.">
          {(found) => {
            const { naming, others } = remarked(found, slug);
            return (
              <>
                <Roles held={naming} title={`These roles name it, and then count for production${isProduction ? ' no more' : ''}:`} />
                <Roles held={others} title={isProduction ? 'These roles then are good there, too:' : 'These roles are not for production, and then no longer good there:'} />
                {naming.length + others.length === 0 && <Text size="sm">It changes nobody’s roles.</Text>}
              </>
            );
          }}
        </Async>
        <CliHint command={`environment mark ${slug} --${isProduction ? 'no-' : ''}production`} />
      </Stack>
    </Confirm>
  );
}

function Roles({ held, title }: { held: readonly Held[]; title: string }) {
  if (held.length === 0) return null;
  return (
    <div>
      <Text size="sm" fw={600}>
        {title}
      </Text>
      <ul className={classes['obstacles']} aria-label={title}>
        {held.slice(0, SHOWN).map(({ name, role }) => (
          <li key={role.id}>
            {name}: {roleWords(role)}
          </li>
        ))}
        {held.length > SHOWN && <li>and {held.length - SHOWN} more</li>}
      </ul>
    </div>
  );
}
