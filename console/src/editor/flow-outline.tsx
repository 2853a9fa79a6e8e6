import { Button } from '@mantine/core';
import { useRef } from 'react';
import { shown } from '@/flow/layout';
import { type Drawn, idOf } from '@/flow/mapping';
import { type Block, type Chart, type FlowNode, opens } from '@/flow/model';
import { branchLine, lineOf, titleOf } from '@/flow/words';
import type { ChartProps } from './flow-chart';
import classes from './flow.module.css';
import { StepIcon } from './step-icon';

interface Row {
  node: FlowNode;
  id: string;
  level: number;
  isOpen: boolean | null;
  /** The row that it is below; null at the top. */
  parent: string | null;
  /** The way that leads to it, said at the first step of a branch. */
  way: string;
}

/** A chart as a tree to read, for narrow windows and for those who listen. */
export function FlowOutline({ drawn, chart, title, selected, chosen, folded, marks, refused, onSelect, onExtend, onFold, onInsert, onForm, onMenu }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const rows = rowsOf(drawn, chart, folded);
  const tabStop = rows.some((row) => row.id === selected) ? selected : rows[0]?.id;
  const focus = (id: string | null | undefined) => {
    if (id) place.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const index = rows.findIndex((row) => row.id === (event.target as HTMLElement).dataset['step']);
    const row = rows[index];
    if (!row || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const go: Record<string, () => void> = {
      ArrowDown: () => focus(rows[index + 1]?.id),
      ArrowUp: () => focus(rows[index - 1]?.id),
      ArrowRight: () => (row.isOpen === false ? onFold(row.id) : row.isOpen && focus(rows[index + 1]?.id)),
      ArrowLeft: () => (row.isOpen ? onFold(row.id) : focus(row.parent)),
      Home: () => focus(rows[0]?.id),
      End: () => focus(rows.at(-1)?.id),
    };
    const action = go[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  if (rows.length === 0) {
    return (
      <div className={classes['none']}>
        <p>There are no steps yet.</p>
        {onInsert && <Button onClick={() => onInsert({ block: chart.block.path, index: chart.block.nodes.length })}>Insert a step</Button>}
      </div>
    );
  }
  return (
    <div ref={place} role="tree" aria-label={`Outline of ${title}`} className={classes['outline']} onKeyDown={onKeyDown}>
      {rows.map((row) => (
        <div
          key={row.id}
          role="treeitem"
          aria-level={row.level}
          aria-selected={row.id === selected}
          {...(row.isOpen !== null && { 'aria-expanded': row.isOpen })}
          tabIndex={row.id === tabStop ? 0 : -1}
          data-step={row.id}
          data-wrong={Boolean(row.node.problem) || undefined}
          data-chosen={chosen.has(row.id) || undefined}
          className={classes['row']}
          style={{ paddingInlineStart: 12 + (row.level - 1) * 18 }}
          onMouseDown={(event) => {
            if (!event.shiftKey) return;
            event.preventDefault();
            onExtend(row.id);
          }}
          onClick={(event) => !event.shiftKey && onSelect(row.id)}
          onContextMenu={(event) => {
            if (!onMenu) return;
            event.preventDefault();
            if (!chosen.has(row.id)) onSelect(row.id);
            onMenu({ x: event.clientX, y: event.clientY });
          }}
          onFocus={() => onSelect(row.id)}
          onDoubleClick={() => (row.isOpen === null ? onForm?.() : onFold(row.id))}
        >
          <StepIcon kind={row.node.kind} />
          <span className={classes['row-words']}>
            {row.way && <span className={classes['row-way']}>{row.way}: </span>}
            <span className={classes['row-title']}>{titleOf(row.node)}</span> <span className={classes['row-line']}>{lineOf(row.node)}</span>
            {row.node.problem && <span className={classes['row-problem']}> {row.node.problem}</span>}
            {row.node.warning && <span className={classes['row-warning']}> {row.node.warning}</span>}
            {refused.has(row.id) && <span className={classes['row-warning']}> Not applied: {refused.get(row.id)}</span>}
            {marks?.get(row.id) && <span className={classes['row-way']}> {marks.get(row.id)?.words}</span>}
          </span>
        </div>
      ))}
    </div>
  );
}

function rowsOf(drawn: Drawn, chart: Chart, folded: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const add = (block: Block, level: number, parent: string | null, way: string) => {
    shown(block).forEach((node, index) => {
      const id = idOf(drawn, node);
      const canFold = node.branches.length > 0 && opens(node) === null;
      const isOpen = canFold ? !folded.has(id) : null;
      rows.push({ node, id, level, isOpen, parent, way: index === 0 ? way : '' });
      if (isOpen) for (const branch of node.branches) add(branch.body, level + 1, id, branchLine(node, branch));
    });
  };
  add(chart.block, 1, null, '');
  return rows;
}
