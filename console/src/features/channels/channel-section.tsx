import { ActionIcon, Button, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useState } from 'react';
import { STATES } from '@/lib/outcome';
import { plural } from '@/lib/format';
import type { Channel } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { Confirm } from '@/ui/confirm';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { Glyph } from '@/ui/outcome';
import { Section } from '@/ui/page';
import { toApiError } from '@/lib/errors';
import { Async } from '@/ui/states';
import { Countdown, Time } from '@/ui/time';
import { useChannels, useRemoveChannel, useTestChannel } from './api';
import { AddChannel, RenameChannel, ReplaceAddress } from './channel-form';
import classes from './channels.module.css';
import { lookOf } from './kinds';

/** Where people are told of what happens in a project. */
export function ChannelSection({ project }: { project: string }) {
  const channels = useChannels(project);
  return (
    <Section title="Notification channels" id="channels" aside={<AddChannel project={project} />}>
      <Async query={channels} failed="The channels could not be loaded.">
        {(all) =>
          all.length === 0 ? (
            <p className={classes['soft']}>None yet. Mail, a chat or a webhook that alerts of this project tell.</p>
          ) : (
            <>
              <div className={classes['panel']}>
                <table className={classes['table']} aria-label="Notification channels">
                  <thead>
                    <tr>
                      <th scope="col">Name</th>
                      <th scope="col">What it is</th>
                      <th scope="col">Delivery</th>
                      <th scope="col">
                        <span className={classes['quiet']}>Actions</span>
                      </th>
                    </tr>
                  </thead>
                  <tbody>
                    {all.map((each) => (
                      <Row key={each.name} project={project} channel={each} />
                    ))}
                  </tbody>
                </table>
              </div>
              <div>
                <CliHint command={`channel list ${project}`} />
              </div>
            </>
          )
        }
      </Async>
    </Section>
  );
}

function Row({ project, channel }: { project: string; channel: Channel }) {
  const [dialog, show] = useState<'address' | 'rename' | 'remove' | null>(null);
  const test = useTestChannel(project, channel.name);
  const close = () => show(null);
  const { label, Icon } = lookOf(channel.kind);
  return (
    <tr>
      <th scope="row" className={classes['name']}>
        {channel.name}
      </th>
      <td data-wide>
        <span className={classes['kind']}>
          <Icon size={16} stroke={1.7} aria-hidden />
          <span>
            {label}
            {channel.host && ` at ${channel.host}`}
          </span>
        </span>
        <span className={classes['soft']}>
          Address <span className="mono">{channel.fingerprint}</span>, set by {channel.set_by} <Time at={channel.set_at} />
        </span>
      </td>
      <td data-label="Delivery" data-wide>
        <Delivery channel={channel} />
        <Answer test={test} name={channel.name} />
      </td>
      <td className={classes['action']}>
        <div className={classes['buttons']}>
          <May do="administer" project={project}>
            <Button variant="default" size="compact-sm" loading={test.isPending} onClick={() => test.mutate()} aria-label={`Send a test message to ${channel.name}`}>
              Send a test message
            </Button>
          </May>
          <Menu position="bottom-end" width={200}>
            <Menu.Target>
              <ActionIcon aria-label={`More about ${channel.name}`}>
                <IconDots size={16} stroke={1.7} aria-hidden />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <May do="administer" project={project}>
                <Menu.Item onClick={() => show('address')}>Replace the address…</Menu.Item>
              </May>
              <May do="administer" project={project}>
                <Menu.Item onClick={() => show('rename')}>Rename…</Menu.Item>
              </May>
              <May do="administer" project={project}>
                <Menu.Item onClick={() => show('remove')}>Remove…</Menu.Item>
              </May>
            </Menu.Dropdown>
          </Menu>
        </div>
        {dialog === 'address' && <ReplaceAddress project={project} channel={channel} onClose={close} />}
        {dialog === 'rename' && <RenameChannel project={project} channel={channel} onClose={close} />}
        {dialog === 'remove' && <Remove project={project} channel={channel} onClose={close} />}
      </td>
    </tr>
  );
}

function Delivery({ channel: { told_at, waiting, trouble, next_at } }: { channel: Channel }) {
  return (
    <>
      {trouble !== null ? (
        <span className={classes['state']}>
          <Glyph shape={STATES.timed_out.shape} colour={STATES.timed_out.colour} />
          <span>
            Takes nothing at present: {trouble}
            {waiting > 0 && ` ${plural(waiting, 'message')} ${waiting === 1 ? 'waits' : 'wait'}`}
            {next_at !== null && (
              <>
                , next try <Countdown at={next_at} />
              </>
            )}
          </span>
        </span>
      ) : (
        waiting > 0 && (
          <span className={classes['state']}>
            <Glyph shape={STATES.queued.shape} colour={STATES.queued.colour} />
            {plural(waiting, 'message')} on the way
          </span>
        )
      )}
      <span className={classes['soft']}>
        {told_at === null ? (
          'No alert has told it anything yet'
        ) : (
          <>
            Last told <Time at={told_at} />
          </>
        )}
      </span>
    </>
  );
}

/** How the test message went, beside the channel. */
function Answer({ test, name }: { test: ReturnType<typeof useTestChannel>; name: string }) {
  const look = test.data?.delivered ? STATES.succeeded : STATES.failed;
  return (
    <span role="status" className={classes['state']}>
      {test.isPending ? (
        'Sending…'
      ) : test.data || test.error ? (
        <>
          <Glyph shape={look.shape} colour={look.colour} />
          <span>{test.data ? told(test.data, name) : toApiError(test.error).message}</span>
        </>
      ) : null}
    </span>
  );
}

function told({ delivered, trouble }: { delivered: boolean; trouble: string | null }, name: string): string {
  if (!delivered) return trouble ?? '';
  return trouble ? `${name} took the test message. ${trouble}` : `${name} took the test message`;
}

function Remove({ project, channel, onClose }: { project: string; channel: Channel; onClose: () => void }) {
  const remove = useRemoveChannel(project, channel.name);
  const confirm = () =>
    remove.mutate(undefined, {
      onSuccess: () => {
        notifyDone(`${channel.name} is removed.`);
        onClose();
      },
    });
  return (
    <Confirm opened onClose={onClose} title={`Remove ${channel.name}`} action="Remove the channel" onConfirm={confirm} busy={remove.isPending} error={remove.error}>
      Its address is gone then. It can be removed once no alert tells it.
      <div style={{ marginTop: 8 }}>
        <CliHint command={`channel remove ${project} ${channel.name}`} />
      </div>
    </Confirm>
  );
}
