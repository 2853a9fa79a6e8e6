import { Badge, Button, SegmentedControl, Select, VisuallyHidden } from '@mantine/core';
import { addresses } from '@/lib/addresses';
import type { ComponentRef, Deployment, DeploymentChange, DeploymentEntry, Environment } from '@/lib/types';
import { Commit } from '@/ui/commit';
import { LinkButton, TextLink } from '@/ui/link';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Section } from '@/ui/page';
import { Time } from '@/ui/time';
import { useRollBack } from './api';
import classes from './history.module.css';

interface HistoryProps {
  component: ComponentRef;
  deployments: readonly DeploymentEntry[];
  environments: readonly Environment[];
  /** The one whose deployments are shown; "all" for every one. */
  environment: string;
  onEnvironment: (slug: string) => void;
  /** The address of the form that deploys the same again. */
  againTo: (deployment: Deployment) => string;
}

/** What was deployed where, when and by whom, and what it changed; each can come back as it was. */
export function History({ component, deployments, environments, environment, onEnvironment, againTo }: HistoryProps) {
  const shown = environment === 'all' ? deployments : deployments.filter((each) => each.environment === environment);
  const placeOf = (slug: string): Place => environments.find((each) => each.slug === slug) ?? { slug, name: slug, approval: null };
  const asking = environments.filter(({ slug, approval }) => approval && shown.some((each) => each.environment === slug));
  return (
    <Section
      title="History"
      aside={<Choice environments={environments} environment={environment} onEnvironment={onEnvironment} />}
    >
      {shown.length === 0 ? (
        <p className={classes['none']}>Nothing has been deployed {environment === 'all' ? 'yet' : `to ${placeOf(environment).name} yet`}.</p>
      ) : (
        <>
          {asking.length > 0 && (
            <p className={classes['none']}>
              {new Intl.ListFormat('en-GB').format(asking.map(({ name }) => name))} {asking.length === 1 ? 'asks' : 'ask'} for approval. A roll back does not wait for it: what comes back has been there before.
            </p>
          )}
          <div className={classes['panel']}>
            <table className={classes['table']}>
              <thead>
                <tr>
                  <th scope="col">#</th>
                  <th scope="col">Environment</th>
                  <th scope="col">Commit</th>
                  <th scope="col">Build</th>
                  <th scope="col">Schedule</th>
                  <th scope="col">Changed</th>
                  <th scope="col">Deployed</th>
                  <th scope="col">
                    <VisuallyHidden>Actions</VisuallyHidden>
                  </th>
                </tr>
              </thead>
              <tbody>
                {shown.map((deployment) => (
                  <Row key={deployment.id} component={component} deployment={deployment} environment={placeOf(deployment.environment)} againTo={againTo(deployment)} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Section>
  );
}

type Place = Pick<Environment, 'slug' | 'name' | 'approval'>;

const STATUS = { active: 'Active', superseded: 'Replaced', stopped: 'Stopped' } as const;

interface RowProps {
  component: ComponentRef;
  deployment: DeploymentEntry;
  environment: Place;
  againTo: string;
}

function Row({ component, deployment, environment, againTo }: RowProps) {
  const { number, release, schedules, status } = deployment;
  return (
    <tr data-status={status}>
      <td className="number" data-label="#">{number}</td>
      <th scope="row">
        <span className={classes['environment']}>
          {environment.name}
          <Badge size="sm" radius="sm" variant={status === 'active' ? 'light' : 'outline'} color={status === 'active' ? undefined : 'gray'} className={classes['badge']}>
            {STATUS[status]}
          </Badge>
        </span>
      </th>
      <td className={classes['commit']} data-wide>
        <Commit commit={release.commit} />
      </td>
      <td className="number" data-label="Build">
        <TextLink to={addresses.build(component, release.build)}>{release.build}</TextLink>
      </td>
      <td data-label="Schedule">{schedules.length > 0 ? schedules.map((schedule) => schedule.words).join('; ') : 'By hand only'}</td>
      <td className={classes['changed']} data-label="Changed">
        <Changed changes={deployment.changes} />
      </td>
      <td className={classes['when']} data-label="Deployed">
        <Time at={deployment.created_at} /> <span className={classes['by']}>by {deployment.created_by}</span>
        {deployment.rolled_back_to !== null && <span className={classes['told']}>Rolled back to {deployment.rolled_back_to}</span>}
        {deployment.watch && <span className={classes['told']}>{watchWords(deployment)}</span>}
      </td>
      <td className={classes['action']}>
        {status !== 'active' && (
          <span className={classes['buttons']}>
            <RollBack component={component} deployment={deployment} environment={environment} />
            <May do="operate" project={component.project} environment={environment.approval ? undefined : environment}>
              <LinkButton
                to={againTo}
                variant="default"
                size="compact-xs"
                aria-label={`Change and ${environment.approval ? 'ask to deploy' : 'deploy'}: #${number} to ${environment.name}`}
              >
                {environment.approval ? 'Change and ask…' : 'Change…'}
              </LinkButton>
            </May>
          </span>
        )}
      </td>
    </tr>
  );
}

/** What a deployment has otherwise than the one before it there. */
function Changed({ changes }: { changes: readonly DeploymentChange[] | null }) {
  if (changes === null) return <>The first one</>;
  if (changes.length === 0) return <>Nothing</>;
  return (
    <ul className={classes['changes']}>
      {changes.map(({ part, name, before, after }) => (
        <li key={`${part} ${name}`}>
          {part === 'pause' ? (
            before === null ? 'Paused' : 'Stayed paused'
          ) : (
            <>
              <span className={part === 'setting' ? 'mono' : undefined}>{part === 'setting' ? name : name.replaceAll('_', ' ')}</span>
              {before === null && after === null ? ' (a secret)' : `: ${before ?? 'none'} → ${after ?? 'none'}`}
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

/** What became of the first occurrence, where it is watched. */
function watchWords({ watch, status }: Deployment): string {
  if (!watch) return '';
  if (watch.state === 'kept') return 'Its first occurrence succeeded';
  if (watch.state === 'went_back') return `Its first occurrence failed: went back to ${watch.back_to}`;
  if (watch.state === 'paused') return 'Its first occurrence failed: paused';
  return status === 'active' ? 'Its first occurrence is watched' : 'Replaced before its first occurrence';
}

function RollBack({ component, deployment: { number }, environment }: { component: ComponentRef; deployment: Deployment; environment: Place }) {
  const { slug, name, approval } = environment;
  const back = useRollBack(component);
  return (
    <May do="operate" project={component.project} environment={environment}>
      <Button
        variant="default"
        size="compact-xs"
        loading={back.isPending}
        aria-label={`Roll back ${name} to #${number}`}
        title={`${approval ? 'At once, without approval: ' : ''}clockhouse rollback ${component.project}/${component.component} -e ${slug} --to ${number}`}
        onClick={() =>
          back.mutate(
            { environment: slug, to: number },
            {
              onSuccess: (made) => notifyDone(`${name} is back to ${number}, as deployment ${made.number}.${made.pause ? ' It is still paused.' : ''}`),
              onError: (error) => notifyFailed(`${name} did not go back to ${number}.`, error),
            },
          )
        }
      >
        Roll back
      </Button>
    </May>
  );
}

const MOST_BESIDE_EACH_OTHER = 3;

/** Where; a few environments beside each other, more of them one below the other. */
function Choice({ environments, environment, onEnvironment }: Pick<HistoryProps, 'environments' | 'environment' | 'onEnvironment'>) {
  const named = environments.map(({ slug, name }) => ({ value: slug, label: name }));
  if (environments.length <= MOST_BESIDE_EACH_OTHER) {
    return (
      <SegmentedControl
        size="xs"
        aria-label="Environment"
        value={environment}
        onChange={onEnvironment}
        data={[{ value: 'all', label: 'All' }, ...named]}
      />
    );
  }
  return (
    <Select
      size="xs"
      aria-label="Environment"
      value={environment}
      onChange={(chosen) => onEnvironment(chosen ?? 'all')}
      data={[{ value: 'all', label: 'All environments' }, ...named]}
      allowDeselect={false}
    />
  );
}
