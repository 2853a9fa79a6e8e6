import { Popover, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useState } from 'react';
import { type Drawn } from '@/flow/mapping';
import { type FlowNode, walk } from '@/flow/model';
import classes from './flow.module.css';
import type { LiveFlow } from './use-flow';

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
    if (node.problem) add(node.problem, node.range);
    for (const branch of node.branches) if (branch.problem) add(branch.problem, branch.header);
  }
  const whole = flow.problem;
  const from = whole?.at ?? 0;
  if (whole && !found.some((each) => each.line === whole.line || (each.from <= from && from <= each.to))) {
    found.push({ message: whole.message, line: whole.line, from, to: Math.min(text.length, from + 1) });
  }
  return found.sort((one, other) => one.from - other.from);
}

const lineAt = (text: string, place: number): number => text.slice(0, place).split('\n').length;

/** Why the flow is not all of what is written, or not the newest: each problem leads to its line. */
export function Problems({ live, onGo }: { live: LiveFlow; onGo: (place: number) => void }) {
  const [isOpen, setOpen] = useState(false);
  const found = live.drawn ? problemsOf(live.drawn) : [];
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
