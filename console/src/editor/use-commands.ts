/** What people do to the flow: by keys, a menu or a list, each with what it asks and where the focus goes afterwards. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type Drawn, idOf, nodeOf } from '@/flow/mapping';
import type { Chart } from '@/flow/model';
import { below, besideIn, type Chosen, chosenOf, type Slot } from '@/flow/steps';
import { ApiError } from '@/lib/errors';
import { notifyFailed } from '@/ui/notify';
import { type Action, actionsOn, keyOf, type Question, slotBeside } from './actions';
import { asCode, keep, taken } from './clipboard';
import type { Edits } from './use-edits';
import { useStable } from './use-stable';

/** What is open above the flow. */
export type Open =
  | { kind: 'insert'; slot: Slot }
  | { kind: 'ask'; question: Question }
  | { kind: 'menu'; at: { x: number; y: number } }
  | { kind: 'list' };

export interface Commands {
  open: Open | null;
  close: () => void;
  actions: readonly Action[];
  act: (action: Action) => void;
  /** The ids of the chosen steps, when they are several. */
  chosen: ReadonlySet<string>;
  extend: (id: string) => void;
  /** What Enter does to the selected step. */
  edit: () => void;
  insertAt: (slot: Slot) => void;
  openMenu: (at: { x: number; y: number }) => void;
  openList: () => void;
  onKeyDown: (event: React.KeyboardEvent) => void;
  onPaste: (event: React.ClipboardEvent) => void;
}

interface Place {
  drawn: Drawn | null;
  chart: Chart | null;
  selected: string | null;
  edits: Edits;
  canEdit: boolean;
  /** Puts the focus on the selected step once it is drawn. */
  refocus: () => void;
  onForm: () => void;
  onGo: (id: string) => void;
  onFold: (id: string) => void;
  onOpen: (name: string) => void;
  focusStep: (id: string) => void;
}

const READING: ReadonlySet<string> = new Set(['code', 'open', 'fold']);

export function useCommands(place: Place): Commands {
  const { drawn, selected, canEdit, edits, refocus } = place;
  const [open, setOpen] = useState<Open | null>(null);
  const [reach, setReach] = useState<{ anchor: string; head: string } | null>(null);
  const anchor = reach && reach.head === selected ? reach.anchor : null;
  const chosen = useMemo(() => drawn && chosenOf(drawn, selected, anchor), [drawn, selected, anchor]);
  const actions = useMemo(() => {
    const all = drawn && chosen ? actionsOn(drawn.flow, chosen) : [];
    return canEdit ? all : all.filter((action) => READING.has(action.key));
  }, [drawn, chosen, canEdit]);
  const ids = useMemo(() => new Set(drawn && chosen && chosen.count > 1 ? chosen.nodes.map((node) => idOf(drawn, node)) : []), [drawn, chosen]);

  const close = useCallback(() => {
    setOpen(null);
    refocus();
  }, [refocus]);
  const openList = useCallback(() => setOpen({ kind: 'list' }), []);
  const act = (action: Action) => {
    setOpen(null);
    void perform(action, { ...place, chosen, setOpen });
  };
  const { focusStep } = place;
  const from = useRef<string | null>(null);
  useEffect(() => {
    from.current = anchor ?? selected;
  }, [anchor, selected]);
  const extend = useCallback(
    (head: string) => {
      if (from.current !== null) setReach({ anchor: from.current, head });
      focusStep(head);
    },
    [focusStep],
  );
  const onEdit = useStable(() => edit({ ...place, setOpen }));
  const insertAt = useCallback((slot: Slot) => setOpen({ kind: 'insert', slot }), []);
  const openMenu = useCallback((at: { x: number; y: number }) => setOpen({ kind: 'menu', at }), []);
  const onKeyDown = (event: React.KeyboardEvent) => {
    const id = (event.target as HTMLElement).dataset['step'];
    const key = keyOf(event);
    const go = id === undefined ? undefined : actions.find((action) => action.keys === key && key !== 'Ctrl+V');
    const own: Record<string, () => void> = {
      'Ctrl+Z': edits.undo,
      'Ctrl+Shift+Z': edits.redo,
      'Ctrl+Y': edits.redo,
      'Ctrl+K': () => setOpen({ kind: 'list' }),
    };
    const way = { 'Shift+ArrowUp': -1, 'Shift+ArrowDown': 1 } as const;
    const by = way[key as keyof typeof way];
    if (canEdit && own[key]) {
      own[key]();
      refocus();
    } else if (canEdit && by && id !== undefined && drawn) {
      const node = nodeOf(drawn, selected);
      const next = node && besideIn(drawn.flow, node, by);
      if (next) extend(idOf(drawn, next));
    } else if (canEdit && id !== undefined && (key === 'Shift+F10' || key === 'ContextMenu')) {
      const { left, bottom } = (event.target as HTMLElement).getBoundingClientRect();
      setOpen({ kind: 'menu', at: { x: left + 24, y: bottom } });
    } else if (id !== undefined && !canEdit && key === 'Enter') place.onGo(id);
    else if (go) act(go);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onPaste = (event: React.ClipboardEvent) => {
    if (!canEdit || isWriting(event.target)) return;
    event.preventDefault();
    void paste(asCode(event.clipboardData.getData('text/plain')), { ...place, chosen });
  };
  return {
    open,
    close,
    actions,
    act,
    chosen: ids,
    extend,
    edit: onEdit,
    insertAt,
    openMenu,
    openList,
    onKeyDown,
    onPaste,
  };
}

interface Pasting extends Place {
  chosen: Chosen | null;
}

interface Performing extends Pasting {
  setOpen: (open: Open) => void;
}

async function perform(action: Action, place: Performing): Promise<void> {
  const { effect } = action;
  const { chosen, selected, edits } = place;
  if (!chosen || selected === null) return;
  switch (effect.kind) {
    case 'edit': {
      said(await edits.apply(effect.operation));
      return place.refocus();
    }
    case 'ask':
      return place.setOpen({ kind: 'ask', question: effect.question });
    case 'insert':
      return place.setOpen({ kind: 'insert', slot: slotBeside(chosen, effect.where) });
    case 'form':
      return edit(place);
    case 'code':
      return place.onGo(selected);
    case 'fold':
      place.onFold(selected);
      return place.refocus();
    case 'open':
      return place.onOpen(effect.chart);
    case 'copy':
    case 'cut': {
      const code = await edits.copy(chosen.path, chosen.count);
      if (code === null) return said('The steps could not be copied.');
      await keep(code);
      if (effect.kind === 'cut') said(await edits.apply({ op: 'delete', path: [...chosen.path], count: chosen.count }));
      return place.refocus();
    }
    case 'paste':
      return paste(asCode(await taken()), place);
  }
}

/** The form of the selected step; for one that says that nothing is done, what to put in its place. */
function edit({ drawn, selected, onForm, setOpen }: Pick<Performing, 'drawn' | 'selected' | 'onForm' | 'setOpen'>): void {
  const node = drawn && nodeOf(drawn, selected);
  if (node?.kind === 'pass' && node.label === 'pass') setOpen({ kind: 'insert', slot: { block: node.path.slice(0, -1), index: node.path.at(-1) ?? 0 } });
  else onForm();
}

/** Puts code in below what is chosen, or at the end of what is drawn. */
async function paste(code: string, { chosen, chart, edits, refocus }: Pasting): Promise<void> {
  const slot = chosen ? below(chosen) : chart && { block: chart.block.path, index: chart.block.nodes.length };
  if (!slot || code.trim() === '') return;
  said(await edits.apply({ op: 'insert', block: [...slot.block], index: slot.index, code, needs: [], fresh: false }));
  refocus();
}

/** Tells of a refusal. */
function said(refused: string | null): void {
  if (refused !== null) notifyFailed('Not done', new ApiError('invalid', refused));
}

const isWriting = (target: EventTarget): boolean => (target as HTMLElement).closest('input, textarea, select, [contenteditable]') !== null;
