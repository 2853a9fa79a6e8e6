import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Flow } from '@/flow/model';
import { hasEntry } from '@/flow/steps';
import { usePalette } from './flow-api';
import { insertion, offers } from './palette';
import classes from './flow.module.css';
import type { Apply } from './use-edits';

interface CreateMainProps {
  flow: Flow;
  apply: Apply;
  /** What main is wanted for. */
  children: React.ReactNode;
  onDone?: () => void;
}

/** Makes the function that the platform calls, in a file without one; nothing in a file with one. */
export function CreateMain({ flow, apply, children, onDone }: CreateMainProps) {
  const palette = usePalette();
  const [refused, setRefused] = useState<string | null>(null);
  if (hasEntry(flow) || !palette.data) return null;
  const end = { block: [], index: flow.body.nodes.length };
  const main = offers(palette.data, flow, end).find((offer) => offer.key === 'main');
  if (!main) return null;
  const create = async () => {
    const told = await apply(insertion(main));
    setRefused(told);
    if (told === null) onDone?.();
  };
  return (
    <div className={classes['no-main']}>
      <span>{children}</span>
      <Button onClick={() => void create()}>Create main</Button>
      {refused !== null && <span role="alert">{refused}</span>}
    </div>
  );
}
