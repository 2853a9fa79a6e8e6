import { Badge, Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { addresses } from '@/lib/addresses';
import { ApiError, toApiError } from '@/lib/errors';
import type { DeploymentRequest } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Commit } from '@/ui/commit';
import { TextLink } from '@/ui/link';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Time } from '@/ui/time';
import { useDecide, useSeen, type Verb } from './api';
import classes from './approvals.module.css';
import { STATUS, changeWords } from './words';

interface RequestCardProps {
  request: DeploymentRequest;
  /** Names its component, where that is not clear. */
  named?: boolean;
}

/** What somebody wants deployed, what it would change, and what can be decided about it. */
export function RequestCard({ request, named = false }: RequestCardProps) {
  const environment = request.environment_name;
  const ref = { project: request.project, component: request.component };
  const isOpen = request.status === 'open';
  return (
    <article className={classes['card']} data-status={request.status} aria-label={`Request ${request.number} for ${environment}`}>
      <header className={classes['header']}>
        <h3 className={classes['title']}>
          {named && (
            <>
              <TextLink to={addresses.deploy(ref)}>
                {request.project_name} / {request.component_name}
              </TextLink>
              {': '}
            </>
          )}
          Build {request.release.build} to {environment}
        </h3>
        <Badge size="sm" radius="sm" variant={isOpen ? 'light' : 'outline'} color={isOpen ? undefined : 'gray'} className={classes['badge']}>
          {STATUS[request.status]}
        </Badge>
        <span className={classes['soft']}>
          #{request.number}, <Time at={request.created_at} /> by {request.requested_by}
        </span>
      </header>
      {request.note && <p className={classes['note']}>“{request.note}”</p>}
      <Commit commit={request.release.commit} />
      <p className={classes['soft']}>
        {request.schedules.join('; ') || 'By hand only'}
        {request.watch && '. Its first occurrence decides whether it stays.'}
      </p>
      {isOpen ? <Open request={request} /> : <Decided request={request} />}
      {request.is_news && <Seen request={request} />}
    </article>
  );
}

function Open({ request }: { request: DeploymentRequest }) {
  const { changes } = request;
  return (
    <>
      {changes === null ? (
        <p className={classes['soft']}>Nothing is deployed there now.</p>
      ) : (
        <ul className={classes['changes']} aria-label="What changes">
          {changes.map((change) => (
            <li key={`${change.part} ${change.name}`}>{changeWords(change)}</li>
          ))}
          {changes.length === 0 && <li>Nothing: this is what is there now.</li>}
        </ul>
      )}
      <p className={classes['soft']}>
        It waits until <Time at={request.expires_at} as="clock" />.
      </p>
      {(request.may_decide || request.may_cancel) && <Decide request={request} />}
    </>
  );
}

function Decided({ request }: { request: DeploymentRequest }) {
  return (
    <p className={classes[request.is_news ? 'note' : 'soft']}>
      {request.decided_at && (
        <>
          {STATUS[request.status]} <Time at={request.decided_at} />
          {request.decided_by && ` by ${request.decided_by}`}
          {request.deployment !== null && `: it is deployment ${request.deployment}`}
          {request.comment && `: “${request.comment}”`}
          {'. '}
        </>
      )}
      {request.problem}
    </p>
  );
}

function Seen({ request }: { request: DeploymentRequest }) {
  const seen = useSeen(request);
  return (
    <div className={classes['buttons']}>
      <CliHint command={`request seen ${request.project}/${request.component} ${request.number}`} />
      <Button size="xs" variant="default" loading={seen.isPending} aria-label={`I have seen request ${request.number}`} onClick={() => seen.mutate(undefined, { onError: (error) => notifyFailed('It is still news.', error) })}>
        Seen
      </Button>
    </div>
  );
}

const DONE: Record<Verb, string> = { approve: 'It is deployed.', reject: 'It is rejected: nothing is deployed.', cancel: 'It is taken back.' };

function Decide({ request }: { request: DeploymentRequest }) {
  const [comment, setComment] = useState('');
  const decide = useDecide(request, (made, verb) => {
    if (made.status === 'failed') notifyFailed('It could not be deployed any more.', new ApiError('conflict', made.problem ?? ''));
    else notifyDone(DONE[verb]);
  });
  const verbs: Verb[] = request.may_decide ? ['reject', 'approve'] : ['cancel'];
  const act = (verb: Verb) => decide.mutate({ verb, comment: comment.trim() });
  const command = `request ${verbs.at(-1)} ${request.project}/${request.component} ${request.number}`;
  return (
    <div className={classes['decide']}>
      <Textarea aria-label={`Comment on request ${request.number}`} placeholder="A comment, for the others" size="xs" rows={1} maxLength={1000} value={comment} onChange={(event) => setComment(event.currentTarget.value)} />
      {decide.error && (
        <p role="alert" className={classes['failure']}>
          {toApiError(decide.error).message}
        </p>
      )}
      <div className={classes['buttons']}>
        <CliHint command={command} />
        {verbs.map((verb) => (
          <Button key={verb} size="xs" variant={verb === 'approve' ? 'filled' : 'default'} loading={decide.isPending && decide.variables.verb === verb} disabled={decide.isPending} onClick={() => act(verb)}>
            {{ approve: 'Approve and deploy', reject: 'Reject', cancel: 'Take back' }[verb]}
          </Button>
        ))}
      </div>
    </div>
  );
}
