import { Select } from '@mantine/core';
import { IconHammer } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import { useBuilds, useCommits } from '@/features/builds/api';
import { CommitList, join } from '@/features/builds/commit-list';
import { StartBuild } from '@/features/builds/start-build';
import { useComponent } from '@/features/components/api';
import { useConnection } from '@/features/connections/api';
import { ConnectionNotice, LookButton } from '@/features/connections/connection-section';
import { quote } from '@/lib/shell';
import type { Build, Card, Commit } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Page } from '@/ui/page';
import { useComponentRef } from '@/ui/params';
import { Async, Empty, Loading } from '@/ui/states';

export function Component() {
  const ref = useComponentRef();
  const component = useComponent(ref);
  const connection = useConnection(ref, component.data?.is_connected === true);
  const [params, setParams] = useSearchParams();
  const tracks = connection.data?.tracks ?? [];
  // A branch that is not followed any more is only in an old address.
  const branch = tracks.length > 1 ? (tracks.find((track) => track.branch === params.get('branch')) ?? tracks[0])?.branch ?? null : null;
  const commits = useCommits(ref, 50, branch);
  const builds = useBuilds(ref, 50, branch);
  const isBuilt = isHeadBuilt(commits.data, builds.data);
  return (
    <Page
      title="Build"
      wide
      lead="A build turns a commit into something that can be deployed, and never changes afterwards."
      actions={
        <>
          {component.data?.is_connected && <LookButton of={ref} />}
          <CliHint command={`build ${ref.project}/${ref.component}${branch === null ? '' : ` --branch ${quote(branch)}`}`} />
          <StartBuild component={ref} branch={branch} variant={isBuilt ? 'default' : 'filled'}>
            Build latest
          </StartBuild>
        </>
      }
    >
      {component.data?.is_connected && <ConnectionNotice of={ref} />}
      {branch !== null && (
        <Select
          label="Branch"
          maw="20rem"
          data={tracks.map((track) => track.branch)}
          value={branch}
          allowDeselect={false}
          searchable={tracks.length > 8}
          onChange={(chosen) => chosen && setParams({ branch: chosen }, { replace: true })}
        />
      )}
      <Async query={commits} loading={<Loading lines={6} height={44} />} failed="The commits could not be loaded.">
        {(all) => (
          <Async query={builds} loading={<Loading lines={6} height={44} />} failed="The builds could not be loaded.">
            {(made) =>
              all.length === 0 ? (
                <Empty icon={<IconHammer size={20} />} title="There is nothing to build yet">
                  Save a commit in Develop first.
                </Empty>
              ) : (
                <CommitList component={ref} rows={join(all, made)} deployed={deployedIn(component.data?.environments ?? [])} branch={branch} />
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
