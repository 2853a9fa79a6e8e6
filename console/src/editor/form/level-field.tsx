import { NativeSelect } from '@mantine/core';
import { useState } from 'react';
import type { FlowNode } from '@/flow/model';
import classes from './form.module.css';

interface LevelFieldProps {
  node: FlowNode;
  onSet: (called: string) => Promise<string | null>;
}

const LEVELS = ['debug', 'info', 'warning', 'error', 'exception', 'critical'];

/** How much a line of the log matters; what is printed has no level. */
export function LevelField({ node, onSet }: LevelFieldProps) {
  const [refused, setRefused] = useState<string | null>(null);
  const called = node.fields.find((field) => field.name === 'function')?.text ?? '';
  const dot = called.lastIndexOf('.');
  if (dot < 0 || !node.level || !LEVELS.includes(node.level)) return null;
  const choose = async (level: string) => setRefused(await onSet(called.slice(0, dot + 1) + level));
  return (
    <NativeSelect
      className={classes['field'] ?? ''}
      size="xs"
      label="Level"
      data={LEVELS}
      value={node.level}
      error={refused}
      onChange={(event) => void choose(event.currentTarget.value)}
    />
  );
}
