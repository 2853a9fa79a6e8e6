import { Badge } from '@mantine/core';
import { addresses } from '@/lib/addresses';
import type { Build, Commit as CommitValue, ComponentRef } from '@/lib/types';
import { Commit } from '@/ui/commit';
import { TextLink } from '@/ui/link';
import { BuildOutcome } from '@/ui/outcome';
import { Duration, Time } from '@/ui/time';
import classes from './commit-list.module.css';
import { StartBuild } from './start-build';

export interface CommitWithBuilds {
  commit: CommitValue;
  /** Newest first. */
  builds: Build[];
}

/** Each commit with what was built of it; builds of commits that are not listed come after, by their own commit. */
export function join(commits: readonly CommitValue[], builds: readonly Build[]): CommitWithBuilds[] {
  const rows = new Map<string, CommitWithBuilds>(commits.map((commit) => [commit.sha, { commit, builds: [] }]));
  for (const build of builds) {
    const row = rows.get(build.commit.sha) ?? { commit: build.commit, builds: [] };
    row.builds.push(build);
    rows.set(build.commit.sha, row);
  }
  return [...rows.values()];
}

interface CommitListProps {
  component: ComponentRef;
  rows: readonly CommitWithBuilds[];
  /** The names of the environments in which a build runs, by its number. */
  deployed: ReadonlyMap<number, readonly string[]>;
  /** Of a connected repository: what is built is built for it. */
  branch?: string | null;
}

/** Commits, newest first, and beside each its builds. */
export function CommitList({ component, rows, deployed, branch = null }: CommitListProps) {
  return (
    <ol className={classes['list']} aria-label="Commits and their builds">
      {rows.map(({ commit, builds }, index) => (
        <li key={commit.sha} className={classes['row']}>
          <div className={classes['commit']}>
            <Commit commit={commit} />
          </div>
          <div className={classes['builds']}>
            {builds.map((build) => (
              <BuildLine key={build.number} component={component} build={build} environments={deployed.get(build.number) ?? []} />
            ))}
            {!builds.some((build) => ['queued', 'running', 'succeeded'].includes(build.status)) && (
              <div className={classes['none']}>
                {builds.length === 0 && <span className={classes['soft']}>not built</span>}
                <StartBuild component={component} commit={commit.sha} branch={branch} variant="default" size="compact-xs" leftSection={null}>
                  {builds.length > 0 ? 'Build again' : index === 0 ? 'Build it' : 'Build'}
                </StartBuild>
              </div>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

function BuildLine({ component, build, environments }: { component: ComponentRef; build: Build; environments: readonly string[] }) {
  const isOpen = build.status === 'queued' || build.status === 'running';
  return (
    <div className={classes['build']}>
      <TextLink to={addresses.build(component, build.number)}>Build {build.number}</TextLink>
      <BuildOutcome status={build.status} />
      <span className={classes['soft']}>
        {isOpen ? <Duration since={build.started_at} /> : <Took build={build} />}
      </span>
      <span className={classes['soft']}>
        <Time at={build.created_at} />
      </span>
      <span className={classes['environments']}>
        {build.retired_at && <span className={classes['soft']}>removed</span>}
        {environments.map((name) => (
          <Badge key={name} size="sm" radius="sm" variant="light" className={classes['badge']}>
            {name}
          </Badge>
        ))}
      </span>
      {build.problem && <span className={classes['problem']}>{build.problem.path && <span className="mono">{`${build.problem.path}${build.problem.line ? `:${build.problem.line}` : ''} `}</span>}{build.problem.message}</span>}
    </div>
  );
}

/** From its first step to its end. */
export function Took({ build: { started_at, finished_at } }: { build: Build }) {
  const seconds = started_at && finished_at ? (Date.parse(finished_at) - Date.parse(started_at)) / 1000 : null;
  return <Duration seconds={seconds} />;
}
