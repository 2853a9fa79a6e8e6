import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { Agent, Environment } from '@/lib/types';
import { ConfirmByName } from '@/ui/confirm-by-name';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { useNow } from '@/ui/now';
import { Async } from '@/ui/states';
import { Time } from '@/ui/time';
import { AddAgent } from './add-agent';
import { useAgents, useRemoveAgent } from './api';
import classes from './environments.module.css';
import { isSilent } from './silence';

interface AgentListProps {
  environment: Environment;
  /** What is chosen to run it, saved or not. */
  plane: Environment['data_plane'];
}

/** The agents of an environment; where nobody wants any and there is none, nothing. */
export function AgentList({ environment, plane }: AgentListProps) {
  const agents = useAgents();
  const [adding, { open, close }] = useDisclosure();
  const runs = environment.data_plane === 'agents';
  const planned = plane === 'agents' && !runs;
  return (
    <Async query={agents} loading={null} failed="The agents could not be loaded.">
      {(all) => {
        const mine = all.filter((each) => each.environment === environment.slug);
        if (mine.length === 0 && !runs && !planned) return null;
        return (
          <div className={classes['agents']}>
            {mine.length > 0 ? (
              <Table agents={mine} environment={environment} />
            ) : (
              <p className={classes['nobody']} role="note">
                {planned
                  ? `${environment.name} runs on agents once this is saved, and has none yet: add one first, and nothing has to wait.`
                  : `${environment.name} runs on agents, and has none: what falls due waits until there is one.`}
              </p>
            )}
            {!runs && !planned && (
              <p className={classes['soft']}>They have nothing to do while {environment.name} runs elsewhere.</p>
            )}
            <div>
              <May do="administer" project={null}>
                <Button variant="default" onClick={open}>
                  Add an agent…
                </Button>
              </May>
            </div>
            <AddAgent environment={environment} opened={adding} onClose={close} />
          </div>
        );
      }}
    </Async>
  );
}

function Table({ agents, environment }: { agents: readonly Agent[]; environment: Environment }) {
  return (
    <div className={classes['panel']}>
      <table className={classes['table']} aria-label={`Agents of ${environment.name}`}>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">Machine</th>
            <th scope="col">Seen</th>
            <th scope="col">Runs</th>
            <th scope="col">
              <span className={classes['quiet']}>Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {agents.map((each) => (
            <Row key={each.name} agent={each} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ agent }: { agent: Agent }) {
  const [asked, { open, close }] = useDisclosure();
  const remove = useRemoveAgent(agent.name);
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        notifyDone(`${agent.name} is removed.`);
        close();
      },
    });
  return (
    <tr>
      <th scope="row">{agent.name}</th>
      <td>
        {agent.host ?? '—'}
        {agent.version && <span className={classes['soft']}> · {agent.version}</span>}
      </td>
      <td>
        <Seen at={agent.seen_at} />
      </td>
      <td className="number">{agent.room === null ? '—' : `${agent.running} of ${agent.room}`}</td>
      <td className={classes['action']}>
        <May do="administer" project={null}>
          <Button variant="subtle" size="compact-sm" onClick={open} aria-label={`Remove ${agent.name}`}>
            Remove…
          </Button>
        </May>
        <ConfirmByName
          opened={asked}
          onClose={close}
          title={`Remove ${agent.name}`}
          name={agent.name}
          action="Remove the agent"
          onConfirm={confirm}
          busy={remove.isPending}
          error={remove.error}
        >
          Its token is refused from now on, and what it runs counts as lost.
        </ConfirmByName>
      </td>
    </tr>
  );
}

function Seen({ at }: { at: string | null }) {
  const now = useNow(10_000);
  if (at === null) return <span className={classes['soft']}>Never yet</span>;
  const silent = isSilent(at, now);
  return (
    <span data-silent={silent || undefined} className={classes['seen']}>
      {silent && 'Silent since '}
      <Time at={at} />
    </span>
  );
}
