import { Button } from '@mantine/core';
import { IconRocket } from '@tabler/icons-react';
import { addresses } from '@/lib/addresses';
import type { Build, ComponentRef } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Commit } from '@/ui/commit';
import { Facts } from '@/ui/facts';
import { LinkButton } from '@/ui/link';
import { May } from '@/ui/may';
import { notifyFailed } from '@/ui/notify';
import { BuildOutcome } from '@/ui/outcome';
import { Section } from '@/ui/page';
import { Duration, Time } from '@/ui/time';
import { useCancelBuild, useRecipe } from './api';
import classes from './build-view.module.css';
import { Took } from './commit-list';
import { LogView } from './log-view';
import { Problem } from './problem';
import { recipeFacts, sameRecipe } from './recipe-words';
import { RetryBuild } from './retry-build';
import { StartBuild } from './start-build';
import { Steps } from './steps';

/** What a build did, step by step, and why it failed if it did. */
export function BuildView({ component, build }: { component: ComponentRef; build: Build }) {
  return (
    <>
      {build.problem && <Problem component={component} problem={build.problem} isWanted={build.status === 'cancelled'} />}
      {build.retired_at && <p className={classes['none']}>What it made was removed <Time at={build.retired_at} />, since nobody needed it any more. Build it again to deploy it.</p>}
      <div className={classes['columns']}>
        <Section title="Steps">
          {build.steps.length > 0 ? <Steps steps={build.steps} endedAt={build.finished_at} /> : <p className={classes['none']}>{build.status === 'queued' ? 'It waits for its turn.' : 'It had no steps.'}</p>}
        </Section>
        <Section title="Facts">
          <Facts
            facts={[
              ['Requested', <><Time key="at" at={build.created_at} /> by {build.requested_by}</>],
              [build.finished_at ? 'Took' : 'So far', build.finished_at ? <Took key="took" build={build} /> : <Duration key="took" since={build.started_at} />],
              ['Asks for', build.settings.length > 0 ? <span className="mono">{build.settings.map((setting) => setting.name).join(', ')}</span> : build.status === 'succeeded' ? 'no configuration' : '–'],
              ...(build.saw ? ([['Found', build.saw]] as const) : []),
              ...(build.recipe ? recipeFacts(build.recipe) : []),
              ['Digest', build.digest ? <span key="digest" className="mono" title={build.digest}>{build.digest.replace('sha256:', '').slice(0, 16)}…</span> : '–'],
            ]}
          />
        </Section>
      </div>
      <LogView component={component} number={build.number} />
      <div>
        <CliHint command={`build ${component.project}/${component.component} ${build.finished_at ? '--retry' : '--cancel'} ${build.number}`} />
      </div>
    </>
  );
}

/** What it is a build of, and what became of it. */
export function BuildLead({ build }: { build: Build }) {
  return (
    <div className={classes['lead']}>
      <BuildOutcome status={build.status} as="badge" />
      <Commit commit={build.commit} />
    </div>
  );
}

interface BuildActionsProps {
  component: ComponentRef;
  build: Build;
  /** The environment that a build is deployed to first; none while it is not known. */
  first: string | undefined;
}

/** What can be done with a build in its present state. */
export function BuildActions({ component, build, first }: BuildActionsProps) {
  const cancel = useCancelBuild(component, build.number);
  switch (build.status) {
    case 'queued':
    case 'running':
      return (
        <May do="develop" project={component.project}>
          <Button
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate(undefined, { onError: (error) => notifyFailed(`Build ${build.number} could not be cancelled.`, error) })}
          >
            Cancel the build
          </Button>
        </May>
      );
    case 'succeeded':
      return (
        <>
          <RetryBuild component={component} number={build.number}>
            Build again
          </RetryBuild>
          {build.retired_at === null && first !== undefined && (
            <LinkButton to={`${addresses.deploy(component)}?deploy=${first}&build=${build.number}`} leftSection={<IconRocket size={14} aria-hidden />}>
              Deploy this build
            </LinkButton>
          )}
        </>
      );
    default:
      return (
        <>
          <RetryBuild component={component} number={build.number}>
            Retry
          </RetryBuild>
          <NewWay component={component} build={build} />
          {build.problem?.path && (
            <LinkButton to={`${addresses.develop(component)}?${new URLSearchParams({ file: build.problem.path, ...(build.problem.line && { line: String(build.problem.line) }) })}`}>
              Open in Develop
            </LinkButton>
          )}
        </>
      );
  }
}

/** Where the build settings have changed since: the same commit by those of today. */
function NewWay({ component, build }: { component: ComponentRef; build: Build }) {
  const recipe = useRecipe(component);
  if (!recipe.data || !build.recipe || sameRecipe(recipe.data, build.recipe)) return null;
  return (
    <StartBuild component={component} commit={build.commit.sha} variant="default">
      Build with today’s settings
    </StartBuild>
  );
}
