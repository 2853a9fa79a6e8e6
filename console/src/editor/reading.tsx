import { Button, Tooltip } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useSearchParams } from 'react-router';
import type { ComponentRef, Source } from '@/lib/types';
import { Page } from '@/ui/page';
import { CommitHistory } from './commit-history';
import { Older } from './older';
import { OpenedNotice, placeOf, useOpened } from './run/opened';
import { Values } from './run/step-run';
import classes from './run/run.module.css';

interface ReadingProps {
  component: ComponentRef;
  /** The newest commit's files, kept fresh. */
  source: Source;
  actions: React.ReactNode;
  notice: React.ReactNode;
}

/** Why what is read cannot be tried: only what is edited here is run before it is built. */
function NoRun() {
  return (
    <Tooltip label="A connected repository is not edited here, so there is no draft to run. Push the change there, build it, and run it in Development." multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <Button variant="default" leftSection={<IconPlayerPlay size={14} aria-hidden />} aria-disabled data-disabled onClick={(event) => event.preventDefault()}>
        Run
      </Button>
    </Tooltip>
  );
}

/** The code of a connected repository, at any commit: to be read here, and changed where it is kept. */
export function Reading({ component, source, actions, notice }: ReadingProps) {
  const [params, setParams] = useSearchParams();
  const head = source.commit.sha;
  const { opened, problem } = useOpened(component, params.get('execution'));
  const place = opened && placeOf(opened);
  const frame = opened?.failure.frames.at(-1);
  const viewed = params.get('commit') ?? opened?.execution.commit ?? head;
  const go = (changes: Record<string, string | null>) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        for (const [name, value] of Object.entries(changes)) {
          if (value === null) next.delete(name);
          else next.set(name, value);
        }
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  return (
    <Page title="Develop" wide lead="The source is a connected repository: it is changed there, and read here." actions={<><NoRun />{actions}</>}>
      {notice}
      <OpenedNotice component={component} opened={opened} problem={problem} isOlder={false} isBlocked={false} onBack={() => undefined} onClose={() => go({ execution: null, release: null })} />
      {frame && frame.variables.length > 0 && (
        <section className={classes['step']} aria-label="Values when it failed">
          <Values frame={frame} />
        </section>
      )}
      <Older
        component={component}
        sha={viewed}
        path={params.get('file') ?? place?.path ?? null}
        line={place && (params.get('file') ?? place.path) === place.path ? place.line : null}
        onSelect={(file) => go({ file })}
        {...(viewed !== head && { onBack: () => go({ commit: null, execution: null, release: null }) })}
        history={<CommitHistory component={component} head={head} viewed={viewed} onView={(sha) => go({ commit: sha })} />}
      />
    </Page>
  );
}
