/** The run of what is being edited: it goes on whichever panel is open, and whichever file. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, use, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { ApiError } from '@/lib/errors';
import { toApiError } from '@/lib/errors';
import type { ComponentRef, Setting } from '@/lib/types';
import { changesOf, type Draft, filesOf, firstOf, textOf } from '../draft';
import { settingsQuery } from '../flow-api';
import { asEdited } from '../line-ends';
import { beginTrial, followTrial, stopTrial } from './api';
import type { Evidence } from './evidence';
import type { ConfigurationForm, Deployed } from './form';
import { begun, lost, type Run, told } from './state';

interface Running {
  run: Run | null;
  isBeginning: boolean;
  /** Why it did not begin. */
  problem: ApiError | null;
  begin: () => Promise<void>;
  stop: () => void;
  /** The source in which the task begins. */
  source: string;
  form: ConfigurationForm;
  deployed: Deployed | null;
  /** Whether values come from what is deployed. */
  takes: boolean;
  setTakes: (takes: boolean) => void;
  /** What was filled in, by setting. */
  typed: Readonly<Record<string, unknown>>;
  setTyped: (name: string, value: unknown) => void;
  /** After how many seconds it is ended. */
  timeOut: number;
  setTimeOut: (seconds: number) => void;
  /** What is known of the source: by its last run, or by the execution that was opened. */
  evidence: Evidence | null;
}

const Context = createContext<Running | null>(null);

/** What can be run; null where nothing can. */
export const useRun = (): Running | null => use(Context);

interface RunProviderProps {
  component: ComponentRef;
  draft: Draft;
  form: ConfigurationForm;
  deployed: Deployed | null;
  /** What an execution that was opened has told. */
  opened: Evidence | null;
  children: React.ReactNode;
}

export function RunProvider({ component, draft, form, deployed, opened, children }: RunProviderProps) {
  const client = useQueryClient();
  const [run, setRun] = useState<Run | null>(null);
  const [isBeginning, setBeginning] = useState(false);
  const [problem, setProblem] = useState<ApiError | null>(null);
  const [takes, setTakes] = useState(true);
  const [typed, setAllTyped] = useState<Readonly<Record<string, unknown>>>({});
  const [timeOut, setTimeOut] = useState(60);
  const leave = useRef<() => void>(undefined);
  useEffect(() => () => leave.current?.(), []);

  const source = useMemo(() => entryOf(draft), [draft]);
  const now = useRef({ draft, source, takes, typed, timeOut, deployed, form });
  useEffect(() => {
    now.current = { draft, source, takes, typed, timeOut, deployed, form };
  });

  const begin = useCallback(async () => {
    const at = now.current;
    const from = at.takes ? at.deployed : null;
    setBeginning(true);
    setProblem(null);
    try {
      const { settings } = await client.fetchQuery(settingsQuery(at.source));
      const configuration = at.form.sent(settings, valuesOf(at.form, settings, from, at.typed));
      const made = await beginTrial(component, { base: at.draft.parent, changes: changesOf(at.draft), configuration, take_from: from?.slug ?? null, time_out_s: at.timeOut });
      leave.current?.();
      setRun(begun(made.id, made.build, textsOf(at.draft)));
      const mine = (change: (run: Run) => Run) => setRun((before) => (before?.id === made.id ? change(before) : before));
      leave.current = followTrial(made.id, {
        onNews: (news, isFirst) => mine((before) => told(before, news, isFirst)),
        onLost: () => mine(lost),
      });
    } catch (thrown) {
      setProblem(toApiError(thrown));
    } finally {
      setBeginning(false);
    }
  }, [client, component]);

  const id = run?.end ? null : (run?.id ?? null);
  const stop = useCallback(() => {
    if (id) stopTrial(id).catch((thrown: unknown) => setProblem(toApiError(thrown)));
  }, [id]);
  const setTyped = useCallback((name: string, value: unknown) => setAllTyped((before) => ({ ...before, [name]: value })), []);
  const evidence = useMemo<Evidence | null>(
    () => (run ? { texts: run.texts, notes: [...run.notes.values()], end: run.end, failure: run.end?.failure ?? null } : opened),
    [run, opened],
  );
  const value = useMemo(
    () => ({ run, isBeginning, problem, begin, stop, source, form, deployed, takes, setTakes, typed, setTyped, timeOut, setTimeOut, evidence }),
    [run, isBeginning, problem, begin, stop, source, form, deployed, takes, typed, setTyped, timeOut, evidence],
  );
  return <Context value={value}>{children}</Context>;
}

/** The values as a form shows them: what was filled in, else what they begin with. */
export function valuesOf(form: ConfigurationForm, settings: readonly Setting[], from: Deployed | null, typed: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const initial = form.initial(settings, from?.deployment ?? null);
  return Object.fromEntries(settings.map(({ name }) => [name, name in typed ? typed[name] : initial[name]]));
}

function entryOf(draft: Draft): string {
  const paths = filesOf(draft).filter((file) => file.status !== 'deleted').map((file) => file.path);
  const path = firstOf(paths);
  return asEdited((path && textOf(draft, path)) ?? '');
}

/** The texts of a draft's Python files, as they are edited. */
export function textsOf(draft: Draft): Readonly<Record<string, string>> {
  return Object.fromEntries(
    filesOf(draft)
      .filter((file) => file.path.endsWith('.py'))
      .map((file) => [file.path, asEdited(textOf(draft, file.path) ?? '')]),
  );
}

/** Ctrl+Enter runs, wherever the cursor is; `onRun` shows where one sees it. Null where nothing is run. */
export function useRunKey(onRun: (() => void) | null): void {
  const running = useRun();
  const newest = useRef({ onRun, running });
  useEffect(() => {
    newest.current = { onRun, running };
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { onRun: show, running: known } = newest.current;
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || !known || !show) return;
      if (document.querySelector('[role=dialog]')) return;
      // Before the code takes it for a new line.
      event.preventDefault();
      event.stopPropagation();
      show();
      void known.begin();
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, []);
}
