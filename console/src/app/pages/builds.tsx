import { IconHammer } from '@tabler/icons-react';
import { useBuilds, useCommits } from '@/features/builds/api';
import { CommitList, join } from '@/features/builds/commit-list';
import { StartBuild } from '@/features/builds/start-build';
import { useComponent } from '@/features/components/api';
import { ConnectionNotice, LookButton } from '@/features/connections/connection-section';
import type { Build, Card, Commit } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Page } from '@/ui/page';
import { useComponentRef } from '@/ui/params';
import { Async, Empty, Loading } from '@/ui/states';

export function Component() {
  const ref = useComponentRef();
  const commits = useCommits(ref);
  const builds = useBuilds(ref);
  const component = useComponent(ref);
  const isBuilt = isHeadBuilt(commits.data, builds.data);
  return (
    <Page
      title="Build"
      wide
      lead="A build turns a commit into something that can be deployed, and never changes afterwards."
      actions={
        <>
          {component.data?.is_connected && <LookButton of={ref} />}
          <CliHint command={`build ${ref.project}/${ref.component}`} />
          <StartBuild component={ref} variant={isBuilt ? 'default' : 'filled'}>
            Build latest
          </StartBuild>
        </>
      }
    >
      {component.data?.is_connected && <ConnectionNotice of={ref} />}
      <Async query={commits} loading={<Loading lines={6} height={44} />} failed="The commits could not be loaded.">
        {(all) => (
          <Async query={builds} loading={<Loading lines={6} height={44} />} failed="The builds could not be loaded.">
            {(made) =>
              all.length === 0 ? (
                <Empty icon={<IconHammer size={20} />} title="There is nothing to build yet">
                  Save a commit in Develop first.
                </Empty>
              ) : (
                <CommitList component={ref} rows={join(all, made)} deployed={deployedIn(component.data?.environments ?? [])} />
              )
            }
          </Async>
        )}
      </Async>
    </Page>
  );
}

function isHeadBuilt(commits: readonly Commit[] | undefined, builds: readonly Build[] | undefined): boolean {
  const head = commits?.[0];
  return !head || !builds || builds.some((build) => build.commit.sha === head.sha);
}

function deployedIn(cards: readonly Card[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const { deployment, environment } of cards) {
    if (deployment) found.set(deployment.release.build, [...(found.get(deployment.release.build) ?? []), environment.name]);
  }
  return found;
}
