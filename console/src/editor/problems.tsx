import { Popover, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { type Drawn } from '@/flow/mapping';
import { type FlowNode, walk } from '@/flow/model';
import { settingsQuery } from './flow-api';
import classes from './flow.module.css';
import type { LiveFlow } from './use-flow';

// While one types, nobody reads what is wrong with a declaration.
const REST_MS = 300;

export interface Problem {
  message: string;
  /** From 1; null when it is of no line. */
  line: number | null;
  from: number;
  to: number;
}

/** What is wrong with a source, by line: what is not Python yet, step by step, else what Python says of the whole. */
export function problemsOf({ flow, text }: Drawn): Problem[] {
  const found: Problem[] = [];
  const add = (message: string, [from, to]: FlowNode['range']) => found.push({ message, line: lineAt(text, from), from, to });
  for (const node of walk(flow.body)) {
    const wrong = node.problem ?? node.warning;
    if (wrong) add(wrong, node.range);
    for (const branch of node.branches) if (branch.problem) add(branch.problem, branch.header);
  }
  const whole = flow.problem;
  const from = whole?.at ?? 0;
  if (whole && !found.some((each) => each.line === whole.line || (each.from <= from && from <= each.to))) {
    found.push({ message: whole.message, line: whole.line, from, to: Math.min(text.length, from + 1) });
  }
  return found.sort((one, other) => one.from - other.from);
}

/** The same, and what is wrong with the configuration that the source declares. */
export function useProblems(drawn: Drawn | null): readonly Problem[] {
  const text = drawn?.text ?? '';
  const declares = drawn !== null && drawn.flow.valid && text.includes('TaskConfig');
  const [rested] = useDebouncedValue(text, REST_MS, { leading: true });
  const isRested = rested === text;
  const { data: told } = useQuery({ ...settingsQuery(rested), enabled: declares && isRested });
  return useMemo(() => {
    if (!drawn) return [];
    const declared = declares && isRested ? (told?.problems ?? []) : [];
    return [...problemsOf(drawn), ...declared.map(({ message, line }): Problem => ({ message, line, ...placesOf(text, line ?? 1) }))];
  }, [drawn, declares, isRested, text, told]);
}

/** Where a line, counted from 1, has its words. */
function placesOf(text: string, line: number): { from: number; to: number } {
  const lines = text.split('\n');
  const words = lines[line - 1] ?? '';
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return { from: start + (words.length - words.trimStart().length), to: start + words.length };
}

const lineAt = (text: string, place: number): number => text.slice(0, place).split('\n').length;

/** Why the flow is not all of what is written, or not the newest: each problem leads to its line. */
export function Problems({ live, found, onGo }: { live: LiveFlow; found: readonly Problem[]; onGo: (place: number) => void }) {
  const [isOpen, setOpen] = useState(false);
  const [first] = found;
  const words = live.problem ?? (first && `${first.line === null ? '' : `Line ${first.line}: `}${first.message}`);
  return (
    <div className={classes['problem']} role="status">
      {words && (
        <Popover opened={isOpen && found.length > 0} onChange={setOpen} position="bottom-start" width={380} shadow="md" trapFocus returnFocus>
          <Popover.Target>
            <UnstyledButton className={classes['problem-main'] ?? ''} onClick={() => setOpen(!isOpen)} disabled={found.length === 0} title={words}>
              <IconAlertTriangle size={14} stroke={1.8} aria-hidden />
              <span>{words}</span>
              {found.length > 1 && <b>+{found.length - 1}</b>}
            </UnstyledButton>
          </Popover.Target>
          <Popover.Dropdown p={4}>
            <ul className={classes['problems']} aria-label="Problems">
              {found.map((problem) => (
                <li key={`${problem.from} ${problem.message}`}>
                  <UnstyledButton
                    onClick={() => {
                      setOpen(false);
                      onGo(problem.from);
                    }}
                  >
                    {problem.line !== null && <span className={classes['problem-line']}>Line {problem.line}</span>} {problem.message}
                  </UnstyledButton>
                </li>
              ))}
            </ul>
          </Popover.Dropdown>
        </Popover>
      )}
    </div>
  );
}
