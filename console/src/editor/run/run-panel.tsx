import { Button, NumberInput, Switch } from '@mantine/core';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useSearchParams } from 'react-router';
import type { Declared } from '@/lib/types';
import { Fold } from '@/ui/fold';
import { formErrors } from '@/ui/form-errors';
import { May } from '@/ui/may';
import { settingsQuery } from '../flow-api';
import { useRun, valuesOf } from './run-context';
import classes from './run.module.css';
import type { Run } from './state';

const MOST_S = 600;

interface RunPanelProps {
  /** What the run has shown of the selected step. */
  step?: React.ReactNode;
}

/** Runs what is being edited, saved or not, and shows what it writes. */
export function RunPanel({ step }: RunPanelProps) {
  const running = useRun();
  const [, setParams] = useSearchParams();
  const source = running?.source ?? '';
  const declared = useQuery({ ...settingsQuery(source), placeholderData: (before: Declared | undefined) => before, enabled: running !== null });
  if (!running) return <p className={classes['none']}>Nothing can be run here.</p>;
  const { run, isBeginning, problem, begin, stop, form, deployed, takes } = running;
  const settings = declared.data?.settings ?? [];
  const isOpen = isBeginning || (run !== null && run.end === null);
  const from = takes ? deployed : null;
  const own = settings.map(({ name }) => `configuration.${name}`);
  const { fields, rest } = formErrors(problem, own);
  const at = placeOf(Object.keys(problem?.fields ?? {}));
  return (
    <div className={classes['run']}>
      <div className={classes['bar']}>
        <May do="operate">
          <Button size="xs" leftSection={<IconPlayerPlay size={14} aria-hidden />} loading={isBeginning} onClick={() => void begin()}>
            {isOpen && !isBeginning ? 'Run again' : 'Run'}
          </Button>
        </May>
        <Button size="xs" variant="default" leftSection={<IconPlayerStop size={14} aria-hidden />} disabled={!isOpen || isBeginning} onClick={stop}>
          Stop
        </Button>
        <Result run={run} isBeginning={isBeginning} />
      </div>
      {rest && (
        <div className={classes['problem']} role="alert">
          <span>{at ? problem?.message : rest}</span>
          {at && (
            <Button variant="subtle" size="compact-xs" onClick={() => setParams((before) => withPlace(before, at), { replace: true, preventScrollReset: true })}>
              Go to line {at.line}
            </Button>
          )}
        </div>
      )}
      {/* Once a run has begun, its log gets the room. */}
      <Fold key={run?.id ?? ''} title="Configuration" summary={from ? `from ${from.name}` : settings.length > 0 ? 'typed in here' : undefined} open={Object.keys(fields).length > 0}>
        <div className={classes['form']}>
          {deployed && settings.length > 0 && (
            <Switch
              size="sm"
              label={`Take values from ${deployed.name}`}
              description="What is changed here counts for runs alone. Secrets stay on the server."
              checked={takes}
              onChange={(event) => running.setTakes(event.currentTarget.checked)}
            />
          )}
          {form.fields({
            settings,
            values: valuesOf(form, settings, from, running.typed),
            onChange: running.setTyped,
            errors: fields,
            kept: form.kept(from?.deployment ?? null),
            keptBy: from ? `from ${from.name}` : '',
          })}
          <NumberInput
            size="sm"
            label="Ends after"
            suffix=" s"
            min={1}
            max={MOST_S}
            clampBehavior="strict"
            value={running.timeOut}
            onChange={(value) => typeof value === 'number' && value >= 1 && running.setTimeOut(value)}
          />
        </div>
      </Fold>
      {step && <div className={classes['beside']}>{step}</div>}
      <Log run={run} />
    </div>
  );
}

const RESULTS = { succeeded: 'Succeeded', failed: 'Failed', timed_out: 'Timed out', stopped: 'Stopped', not_started: 'Did not start' } as const;

/** How it stands, in a sentence that is read out when it changes. */
function Result({ run, isBeginning }: { run: Run | null; isBeginning: boolean }) {
  return (
    <p className={classes['result']} role="status" data-end={run?.end?.end}>
      {sentenceOf(run, isBeginning)}
    </p>
  );
}

function sentenceOf(run: Run | null, isBeginning: boolean): React.ReactNode {
  if (isBeginning) return 'Starting…';
  if (!run) return 'Runs the code as it is here, saved or not. Nothing of the run is kept.';
  if (!run.end) return run.phase === 'running' ? 'Running…' : run.build === null ? 'Making its environment…' : `Starting with the environment of build ${run.build}…`;
  const took = run.end.took_s === null ? '' : ` after ${run.end.took_s.toFixed(run.end.took_s < 10 ? 1 : 0)} s`;
  return (
    <>
      <strong>{`${RESULTS[run.end.end]}${took}.`}</strong> {run.end.end === 'succeeded' ? (run.isWhole ? '' : 'It did so much that the last of its steps were not noted.') : run.end.sentence}
    </>
  );
}

function Log({ run }: { run: Run | null }) {
  const place = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const count = run?.lines.length ?? 0;
  useEffect(() => {
    const log = place.current;
    if (log && isAtEnd.current) log.scrollTop = log.scrollHeight;
  }, [count]);
  if (!run) return null;
  return (
    <div
      ref={place}
      className={classes['log']}
      role="log"
      aria-label="Log of the run"
      // Long logs are scrolled by keyboard.
      tabIndex={0}
      onScroll={({ currentTarget: log }) => {
        isAtEnd.current = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
      }}
    >
      {run.dropped > 0 && <p className={classes['soft']}>{run.dropped} earlier lines are not kept.</p>}
      {run.lines.map((line) => (
        <div key={line.seq} className={classes['line']} data-stream={line.stream} data-level={line.level ?? undefined}>
          {line.text || ' '}
        </div>
      ))}
      {count === 0 && <p className={classes['soft']}>{run.end ? 'It wrote nothing.' : 'Nothing yet.'}</p>}
    </div>
  );
}

function withPlace(before: URLSearchParams, { path, line }: { path: string; line: number }): URLSearchParams {
  const next = new URLSearchParams(before);
  next.set('file', path);
  next.set('line', String(line));
  return next;
}

/** A place in a file, when a problem names one: `main.py:3`. */
function placeOf(names: readonly string[]): { path: string; line: number } | null {
  const found = names.map((name) => /^(.+\.py):(\d+)$/.exec(name)).find((match) => match !== null);
  return found ? { path: found[1] ?? '', line: Number(found[2]) } : null;
}
