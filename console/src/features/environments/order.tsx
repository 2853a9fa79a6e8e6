import { ActionIcon, Badge } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconGripVertical } from '@tabler/icons-react';
import { type DragEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Environment } from '@/lib/types';
import { CliHint } from '@/ui/cli-hint';
import { useMay } from '@/ui/may';
import { notifyFailed } from '@/ui/notify';
import { useMoveEnvironment } from './api';
import classes from './order.module.css';
import { moved, PLANE_WORDS, type Move } from './words';

interface OrderProps {
  environments: readonly Environment[];
  /** What else may be done with one. */
  actions: (environment: Environment) => React.ReactNode;
}

/** The way of a release from left to right, here from top to bottom: to be changed by dragging, by buttons or by arrow keys. */
export function Order({ environments, actions }: OrderProps) {
  const move = useMoveEnvironment();
  const mayMove = useMay('administer', { project: null });
  const shown = move.isPending ? moved(environments, move.variables) : environments;
  const [dragged, setDragged] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null | undefined>(undefined);
  const [said, say] = useState('');
  const list = useRef<HTMLOListElement>(null);
  const focused = useRef<string | null>(null);

  useEffect(() => {
    // What has the focus loses it when its line is put elsewhere.
    if (focused.current) list.current?.querySelector<HTMLElement>(`[data-focus="${focused.current}"]`)?.focus();
    focused.current = null;
  }, [shown]);

  const send = (wish: Move) => {
    const order = moved(shown, wish);
    if (order.every((each, at) => each.slug === shown[at]?.slug)) return;
    const at = order.findIndex((each) => each.slug === wish.environment);
    move.mutate(wish, {
      onSuccess: () => say(`${order[at]?.name ?? ''} is number ${at + 1} of ${order.length} now.`),
      onError: (error) => notifyFailed('The order is as it was', error),
    });
  };
  const step = (at: number, by: -1 | 1, focus: string) => {
    const environment = shown[at]?.slug;
    if (environment === undefined || !shown[at + by]) return;
    focused.current = focus;
    send({ environment, before: (by === -1 ? shown[at - 1] : shown[at + 2])?.slug ?? null });
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    if (dragged !== null && target !== undefined) send({ environment: dragged, before: target });
    setDragged(null);
    setTarget(undefined);
  };
  const over = (event: DragEvent, at: number) => {
    if (dragged === null) return;
    event.preventDefault();
    const { top, height } = event.currentTarget.getBoundingClientRect();
    setTarget((event.clientY < top + height / 2 ? shown[at] : shown[at + 1])?.slug ?? null);
  };
  return (
    <>
      <ol ref={list} className={classes['order']} onDrop={drop} data-end={(dragged !== null && target === null) || undefined}>
        {shown.map((each, at) => (
          <li
            key={each.slug}
            draggable={mayMove}
            className={classes['line']}
            data-dragged={dragged === each.slug || undefined}
            data-before={(dragged !== null && target === each.slug) || undefined}
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move';
              event.dataTransfer.setData('text/plain', each.slug);
              setDragged(each.slug);
            }}
            onDragEnd={() => {
              setDragged(null);
              setTarget(undefined);
            }}
            onDragOver={(event) => over(event, at)}
          >
            {mayMove && (
              <Step label={`Move ${each.name}`} focus={`${each.slug} grip`} onStep={(by) => step(at, by, `${each.slug} grip`)} grip>
                <IconGripVertical size={16} stroke={1.7} aria-hidden />
              </Step>
            )}
            <div className={classes['what']}>
              <a href={`#${each.slug}`} className={classes['name']}>
                {each.name}
              </a>
              {each.is_production && (
                <Badge size="sm" variant="light" className={classes['mark'] ?? ''}>
                  Production
                </Badge>
              )}
              <span className={classes['soft']}>
                <span className="mono">{each.slug}</span> · {PLANE_WORDS[each.data_plane]}
                {each.approval && ' · deployments are approved'}
              </span>
            </div>
            <div className={classes['actions']}>
              {mayMove && (
                <>
                  <Step label={`Move ${each.name} up`} focus={`${each.slug} up`} onStep={(by) => step(at, by, `${each.slug} up`)} click={-1} disabled={at === 0}>
                    <IconArrowUp size={16} stroke={1.7} aria-hidden />
                  </Step>
                  <Step
                    label={`Move ${each.name} down`}
                    focus={`${each.slug} down`}
                    onStep={(by) => step(at, by, `${each.slug} down`)}
                    click={1}
                    disabled={at === shown.length - 1}
                  >
                    <IconArrowDown size={16} stroke={1.7} aria-hidden />
                  </Step>
                </>
              )}
              {actions(each)}
            </div>
          </li>
        ))}
      </ol>
      <p role="status" className={classes['said']}>
        {said}
      </p>
      {mayMove && shown.length > 1 && (
        <div>
          <CliHint command={`environment move ${shown[0]?.slug ?? ''} --before ${shown[1]?.slug ?? ''}`} />
        </div>
      )}
    </>
  );
}

interface StepProps {
  label: string;
  /** By which it is found again after the move. */
  focus: string;
  onStep: (by: -1 | 1) => void;
  /** Where a click moves it; the grip only listens to the arrow keys. */
  click?: -1 | 1;
  disabled?: boolean;
  grip?: boolean;
  children: React.ReactNode;
}

function Step({ label, focus, onStep, click, disabled = false, grip = false, children }: StepProps) {
  const press = (event: KeyboardEvent) => {
    const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : null;
    if (by === null) return;
    event.preventDefault();
    onStep(by);
  };
  return (
    <ActionIcon
      aria-label={label}
      title={grip ? 'Drag, or press the arrow keys' : label}
      data-focus={focus}
      data-grip={grip || undefined}
      data-disabled={disabled || undefined}
      aria-disabled={disabled || undefined}
      className={classes['step'] ?? ''}
      onKeyDown={press}
      onClick={() => click !== undefined && !disabled && onStep(click)}
    >
      {children}
    </ActionIcon>
  );
}
