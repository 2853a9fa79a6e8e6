import { Button } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { shortSha } from '@/lib/format';
import type { Commit, ComponentRef, Source } from '@/lib/types';
import { May } from '@/ui/may';
import { notifyDone } from '@/ui/notify';
import { Page } from '@/ui/page';
import { sourceQuery } from './api';
import { CommitHistory } from './commit-history';
import { Conflict } from './conflict';
import { alike, apply, begin, type Change, type File, filesOf, firstOf, isClean, rebase, textOf } from './draft';
import classes from './editor.module.css';
import { FilePane } from './file-pane';
import { FileTree } from './file-tree';
import { LeaveDialog } from './leave-dialog';
import { Older } from './older';
import { OwnConnectors } from './own-connectors';
import type { ConfigurationForm, Deployed } from './run/form';
import { isNewest, OpenedNotice, placeOf, useOpened } from './run/opened';
import { RunProvider } from './run/run-context';
import { forget, useUnsaved } from './unsaved';
import { UnsavedDialog } from './unsaved-dialog';
import { useAlike } from './use-alike';
import { useStable } from './use-stable';
import { type Asked, WorkbenchDialogs } from './workbench-dialogs';

interface WorkbenchProps {
  component: ComponentRef;
  /** The newest commit's files, kept fresh. */
  source: Source;
  /** What can be done with a commit that is saved; the primary action of the page when nothing is unsaved. */
  buildAction: (commit: string, isPrimary: boolean) => React.ReactNode;
  /** The form of values to run with. */
  form: ConfigurationForm;
  /** What is deployed in the first environment. */
  deployed: Deployed | null;
}

// What a build runs.
const ENTRY = 'main.py';

/** Where the code is written: files, the one that is edited, and the history of what was saved. */
export function Workbench({ component, source, buildAction, form, deployed }: WorkbenchProps) {
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => begin(source));
  const [asking, setAsking] = useState<Asked | null>(null);
  const [resolving, setResolving] = useState(false);
  const [params, setParams] = useSearchParams();
  const { found, answered } = useUnsaved(component, draft, source);
  const clean = isClean(draft);
  // What was newest before this draft was saved; it is still told of for a moment.
  const [past, setPast] = useState<string | null>(null);
  const behind = source.commit.sha !== draft.parent && source.commit.sha !== past;
  // With nothing unsaved there is nothing to lose by showing what is newest.
  if (behind && clean) setDraft(begin(source));

  const comparing = behind && !clean && resolving;

  const files = useAlike(filesOf(draft), areAlike);
  const present = files.filter((file) => file.status !== 'deleted').map((file) => file.path);
  const path = present.find((each) => each === params.get('file')) ?? firstOf(present);
  const viewed = params.get('commit');
  const isReading = viewed !== null && viewed !== source.commit.sha;
  const [hasBegun, setBegun] = useState(!isReading);
  if (!isReading && !hasBegun) setBegun(true);
  const go = useStable((changes: Record<string, string | null>) => setParams((before) => changed(before, changes), { replace: true, preventScrollReset: true }));
  const change = (next: Change) => setDraft((now) => apply(now, next));
  useHotkeys([['mod+S', () => !clean && !comparing && setAsking('save')]], [], true);

  const saved = (commit: Commit) => {
    const now: Source = {
      commit,
      files: present.map((each) => sourceFile(source, each, textOf(draft, each))),
    };
    // An answer that is still on its way knows nothing of this commit.
    void client.cancelQueries({ queryKey: sourceQuery(component).queryKey });
    client.setQueryData(sourceQuery(component).queryKey, now);
    setPast(source.commit.sha);
    setDraft(begin(now));
    setAsking(null);
    notifyDone(`Saved as ${shortSha(commit.sha)}.`);
  };
  const { opened, problem } = useOpened(component, params.get('execution'));
  const [shown, setShown] = useState<{ id: string; isBlocked: boolean } | null>(null);
  const isOlder = opened !== null && !isNewest(opened, source);
  if (opened && shown?.id !== opened.execution.id) {
    setShown({ id: opened.execution.id, isBlocked: isOlder && !clean });
    if (isOlder && clean) setDraft(alike(begin(source), begin(opened.source)));
  }
  const place = opened && placeOf(opened);
  const placed = place && `${place.path}:${place.line}`;
  useEffect(() => {
    const [, file, line] = /^(.*):(\d+)$/.exec(placed ?? '') ?? [];
    if (file && line) setParams((before) => changed(before, { file, line }), { replace: true, preventScrollReset: true });
  }, [placed, setParams]);
  const close = () => go({ execution: null, release: null, line: null });
  const settle = (next: typeof draft) => {
    setDraft(next);
    setResolving(false);
  };
  const view = useCallback((sha: string | null) => go({ commit: sha, line: null }), [go]);
  const select = useCallback((file: string) => go({ file, line: null }), [go]);
  const add = useCallback(() => setAsking('add'), []);
  const addClient = useCallback(() => setAsking('client'), []);
  const revert = useCallback((file: string) => setDraft((now) => apply(now, { kind: 'revert', path: file })), []);
  const history = <CommitHistory component={component} head={source.commit.sha} viewed={viewed} onView={view} />;
  const build = useMemo(() => buildAction(draft.parent, clean), [buildAction, draft.parent, clean]);

  return (
    <RunProvider component={component} draft={draft} form={form} deployed={deployed} opened={opened?.evidence ?? null}>
      <Page
        title="Develop"
        wide
        lead="The schedule is set when you deploy."
        actions={
          <>
            {build}
            <May do="develop" project={component.project}>
              <Button variant={clean ? 'default' : 'filled'} disabled={clean || comparing} onClick={() => setAsking('save')}>
                Save
              </Button>
            </May>
          </>
        }
      >
        {isReading && (
          <Older
            component={component}
            sha={viewed}
            path={params.get('file')}
            onSelect={(file) => go({ file })}
            textNow={(file) => textOf(draft, file)}
            onBack={() => go({ commit: null })}
            onBringBack={(file, text) => {
              change({ kind: 'write', path: file, text });
              go({ commit: null, file });
            }}
            history={history}
          />
        )}
        {/* While something else is looked at, the editor keeps what can be undone. */}
        {hasBegun && (
          <div className={classes['workbench']} style={isReading ? { display: 'none' } : undefined}>
            {!isReading && (
              <div className={classes['side']}>
                <FileTree files={files} selected={path} onSelect={select} onAdd={add} onAddClient={addClient} onRevert={revert} />
                {history}
              </div>
            )}
            {comparing && (
              <Conflict
                draft={draft}
                theirs={source}
                onChange={(file, text) => change({ kind: 'write', path: file, text })}
                onLoadTheirs={() => settle(begin(source))}
                onKeepMine={() => settle(rebase(draft, source))}
                onMerge={settle}
              />
            )}
            <div className={classes['main']} style={comparing ? { display: 'none' } : undefined}>
              {behind && !clean && (
                <div className={classes['notice']} role="status">
                  <span>{source.commit.author} has saved a newer commit since you began.</span>
                  <Button variant="default" onClick={() => setResolving(true)}>
                    Compare
                  </Button>
                </div>
              )}
              <OpenedNotice
                component={component}
                opened={opened}
                problem={problem}
                isOlder={isOlder}
                isBlocked={shown?.isBlocked ?? false}
                onBack={() => {
                  settle(begin(source));
                  close();
                }}
                onClose={close}
              />
              <OwnConnectors draft={draft}>
                <FilePane
                  component={component}
                  draft={draft}
                  path={path}
                  isShown={!isReading && !comparing}
                  line={wholeOf(params.get('line'))}
                  first={params.has('execution') ? 'step' : null}
                  onWrite={(file, text) => change({ kind: 'write', path: file, text })}
                  onRename={() => setAsking('rename')}
                  onDelete={() => (path === ENTRY ? setAsking('delete') : path && change({ kind: 'delete', path }))}
                  onRevert={() => setAsking('revert')}
                />
              </OwnConnectors>
            </div>
          </div>
        )}
        <WorkbenchDialogs
          component={component}
          draft={draft}
          path={path}
          entry={ENTRY}
          asking={asking}
          onClose={() => setAsking(null)}
          onChange={change}
          onShow={(file) => go({ file, line: null })}
          onSaved={saved}
          onConflict={() => {
            setAsking(null);
            setResolving(true);
            void client.invalidateQueries({ queryKey: sourceQuery(component).queryKey });
          }}
        />
        {found && (
          <UnsavedDialog
            component={component}
            source={source}
            found={found}
            onBring={(brought) => {
              setDraft(brought);
              answered();
            }}
            onDiscard={answered}
          />
        )}
        <LeaveDialog isDirty={!clean} onLeave={() => forget(component)} />
      </Page>
    </RunProvider>
  );
}

const areAlike = (some: readonly File[], others: readonly File[]): boolean => JSON.stringify(some) === JSON.stringify(others);

function sourceFile(source: Source, path: string, text: string | null): Source['files'][number] {
  const before = source.files.find((file) => file.path === path);
  return { path, text, size_bytes: text === null ? (before?.size_bytes ?? 0) : new TextEncoder().encode(text).length };
}

function changed(before: URLSearchParams, changes: Readonly<Record<string, string | null>>): URLSearchParams {
  const next = new URLSearchParams(before);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

const wholeOf = (text: string | null): number | null => (text !== null && /^\d+$/.test(text) ? Number(text) : null);
