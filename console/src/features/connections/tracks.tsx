import { Button, Select, Switch, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { shortSha } from '@/lib/format';
import type { ComponentRef, Environment, Track } from '@/lib/types';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { notifyDone, notifyFailed } from '@/ui/notify';
import { Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { useAddTrack, useChangeTrack, useRemoveTrack } from './api';
import classes from './connections.module.css';

interface TracksProps {
  of: ComponentRef;
  tracks: readonly Track[];
  /** In the order of promotion. */
  environments: readonly Environment[];
}

/** The branches that are followed, and what is done by itself with the commits of each. */
export function Tracks({ of, tracks, environments }: TracksProps) {
  return (
    <div className={classes['form']}>
      <ul className={classes['tracks']} aria-label="Branches that are followed">
        {tracks.map((track) => (
          <li key={track.branch} aria-label={`Branch ${track.branch}`}>
            <Panel>
              <Followed of={of} track={track} environments={environments} isOnly={tracks.length === 1} />
            </Panel>
          </li>
        ))}
      </ul>
      <AddTrack of={of} />
    </div>
  );
}

interface FollowedProps {
  of: ComponentRef;
  track: Track;
  environments: readonly Environment[];
  isOnly: boolean;
}

function Followed({ of, track, environments, isOnly }: FollowedProps) {
  const change = useChangeTrack(of, track.branch);
  const remove = useRemoveTrack(of, track.branch);
  const send = (body: Parameters<typeof change.mutate>[0]) =>
    change.mutate(body, {
      onSuccess: () => notifyDone('Saved.'),
      onError: (error) => notifyFailed('It was not saved.', error),
    });
  const first = environments[0];
  return (
    <div className={classes['switches']}>
      <div className={classes['trackHead']}>
        <div>
          <code className={`mono ${classes['branch'] ?? ''}`}>{track.branch}</code>{' '}
          <span className={classes['note']}>
            {track.seen ? (
              <>
                newest commit <code className="mono">{shortSha(track.seen)}</code>
              </>
            ) : (
              'not looked at yet'
            )}
            {track.looked_at && (
              <>
                , looked at <Time at={track.looked_at} />
              </>
            )}
          </span>
        </div>
        {!isOnly && (
          <May do="develop">
            <Button
              variant="subtle"
              color="red"
              size="compact-sm"
              loading={remove.isPending}
              aria-label={`Do not follow ${track.branch} any more`}
              onClick={() =>
                remove.mutate(undefined, {
                  onSuccess: () => notifyDone(`${track.branch} is not followed any more. Its builds stay.`),
                  onError: (error) => notifyFailed('It is still followed.', error),
                })
              }
            >
              Do not follow
            </Button>
          </May>
        )}
      </div>
      <Trouble track={track} />
      <Switch
        label="Build every new commit"
        aria-label={`Build every new commit of ${track.branch}`}
        checked={track.auto_build}
        onChange={(event) => send({ auto_build: event.currentTarget.checked })}
      />
      <div className={classes['deploys']}>
        <Switch
          label="Deploy every good build to"
          aria-label={`Deploy every good build of ${track.branch}`}
          checked={track.auto_deploy}
          onChange={(event) => send({ auto_deploy: event.currentTarget.checked })}
        />
        <Select
          size="xs"
          aria-label={`Where builds of ${track.branch} are deployed`}
          data={environments.map((each) => ({ value: each.slug, label: each.name }))}
          value={track.environment ?? first?.slug ?? null}
          allowDeselect={false}
          onChange={(chosen) => chosen && send({ environment: chosen === first?.slug ? '' : chosen })}
        />
      </div>
    </div>
  );
}

interface TroubleProps {
  track: Track;
  /** Whether the branch is named, where there are others. */
  isNamed?: boolean;
  /** What a trouble means, and where something can be done about it. */
  children?: React.ReactNode;
}

/** What keeps a branch from being followed, if anything does. */
export function Trouble({ track, isNamed = false, children }: TroubleProps) {
  const name = isNamed ? `${track.branch}: ` : '';
  return (
    <>
      {track.trouble && (
        <p role="alert" className={classes['trouble']}>
          {name}
          {track.trouble} {children}
        </p>
      )}
      {track.note && (
        <p className={classes['note']}>
          {name}
          {track.note}
        </p>
      )}
    </>
  );
}

function AddTrack({ of }: { of: ComponentRef }) {
  const [branch, setBranch] = useState('');
  const add = useAddTrack(of);
  const { fields, rest } = formErrors(add.error, ['branch']);
  const submit = (event: React.SubmitEvent) => {
    event.preventDefault();
    add.mutate(
      { branch: branch.trim(), auto_build: true, auto_deploy: false },
      {
        onSuccess: (made) => {
          setBranch('');
          notifyDone(`${made.branch} is followed.`);
        },
      },
    );
  };
  return (
    <form className={classes['addTrack']} onSubmit={submit}>
      <TextInput
        label="Follow another branch"
        placeholder="release"
        spellCheck={false}
        autoComplete="off"
        maxLength={200}
        value={branch}
        onChange={(event) => setBranch(event.currentTarget.value)}
        error={fields['branch']}
      />
      <May do="develop">
        <Button type="submit" variant="default" loading={add.isPending} disabled={!branch.trim()}>
          Test and follow
        </Button>
      </May>
      {rest && (
        <Text role="alert" c="red" size="sm">
          {rest}
        </Text>
      )}
    </form>
  );
}
