import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { addresses } from '@/lib/addresses';
import type { ComponentRef, ExecutionDetail, Failure, Source } from '@/lib/types';
import { TextLink } from '@/ui/link';
import { Time } from '@/ui/time';
import { useSourceAt } from '../api';
import { begin, textOf } from '../draft';
import editor from '../editor.module.css';
import { failedQuery } from './api';
import type { Evidence } from './evidence';
import { textsOf } from './run-context';
import classes from './run.module.css';

/** A failed execution that is looked at in the editor, with the source that ran. */
export interface Opened {
  execution: ExecutionDetail;
  failure: Failure;
  source: Source;
  evidence: Evidence;
}

/** The execution that the address names, once all of it is known. */
export function useOpened(component: ComponentRef, id: string | null): { opened: Opened | null; problem: string | null } {
  const failed = useQuery({ ...failedQuery(id ?? ''), enabled: id !== null });
  const execution = failed.data?.execution ?? null;
  const source = useSourceAt(component, execution?.commit ?? '', execution !== null);
  if (id === null) return { opened: null, problem: null };
  const error = failed.error ?? source.error;
  if (!failed.data || !source.data) return { opened: null, problem: error?.message ?? null };
  return { opened: made(failed.data.execution, failed.data.failure, source.data), problem: null };
}

const known = new WeakMap<Failure, Opened>();

/** The same for the same answer, so that what is computed of it is kept. */
function made(execution: ExecutionDetail, failure: Failure, source: Source): Opened {
  const before = known.get(failure);
  if (before?.source === source) return before;
  const evidence: Evidence = { texts: textsOf(begin(source)), notes: [], end: null, failure };
  const opened = { execution, failure, source, evidence };
  known.set(failure, opened);
  return opened;
}

/** Where it failed: the innermost line of the task's own files. */
export const placeOf = ({ failure }: Opened): { path: string; line: number } | null => {
  const frame = failure.frames.at(-1);
  return frame ? { path: frame.path, line: frame.line } : null;
};

/** Whether the newest source is what ran. */
export const isNewest = (opened: Opened, head: Source): boolean => {
  const ran = begin(opened.source);
  const now = begin(head);
  return [...new Set([...Object.keys(ran.base), ...Object.keys(now.base)])].every((path) => textOf(ran, path) === textOf(now, path));
};

interface OpenedNoticeProps {
  component: ComponentRef;
  opened: Opened | null;
  problem: string | null;
  /** The source that ran differs from the newest one, and is shown in its place. */
  isOlder: boolean;
  /** What is edited cannot be given up for it. */
  isBlocked: boolean;
  onBack: () => void;
  onClose: () => void;
}

export function OpenedNotice({ component, opened, problem, isOlder, isBlocked, onBack, onClose }: OpenedNoticeProps) {
  if (!opened && problem === null) return null;
  const at = opened && placeOf(opened);
  return (
    <div className={`${editor['notice'] ?? ''} ${classes['opened'] ?? ''}`} role="status">
      {opened ? (
        <span>
          The <TextLink to={addresses.execution(component, opened.execution.id)}>execution of</TextLink> <Time at={opened.execution.due_at} /> (build {opened.execution.build}) failed in{' '}
          <span className="mono">
            {at?.path}, line {at?.line}
          </span>
          : {opened.failure.error}
          {isBlocked ? '. What you have not saved stays; steps that ran otherwise are not marked.' : isOlder ? '. This is the source that ran; the newest is another.' : ''}
        </span>
      ) : (
        <span>{problem}</span>
      )}
      {isOlder && !isBlocked && (
        <Button variant="default" size="xs" onClick={onBack}>
          Back to the newest
        </Button>
      )}
      <Button variant="subtle" size="xs" onClick={onClose}>
        Close
      </Button>
    </div>
  );
}
