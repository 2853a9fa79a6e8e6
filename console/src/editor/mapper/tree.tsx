import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import classes from './mapper.module.css';
import type { Row } from './rows';

export const ROW_PX = 30;

interface TreeProps<T> {
  label: string;
  rows: readonly Row<T>[];
  /** The row that is chosen. */
  chosen: string | null;
  onChoose: (row: Row<T>) => void;
  onFold: (key: string) => void;
  /** Enter, or a second click. */
  onUse: (row: Row<T>) => void;
  onDelete?: (row: Row<T>) => void;
  children: (row: Row<T>) => React.ReactNode;
  drag?: { isDraggable: boolean; onStart?: (row: Row<T>) => void; onDrop?: (row: Row<T>) => void };
}

/** A tree of rows of one height, walked with the arrow keys. */
export function Tree<T>({ label, rows, chosen, onChoose, onFold, onUse, onDelete, children, drag }: TreeProps<T>) {
  const place = useRef<HTMLDivElement>(null);
  const [over, setOver] = useState<string | null>(null);
  const present = Math.max(0, rows.findIndex((row) => row.key === chosen));
  const focus = (index: number) => {
    const row = rows[index];
    if (!row) return;
    onChoose(row);
    place.current?.querySelectorAll<HTMLElement>('[role=treeitem]')[index]?.focus();
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const index = Number((event.target as HTMLElement).dataset['row'] ?? -1);
    const row = rows[index];
    if (!row) return;
    const does: Record<string, () => void> = {
      ArrowDown: () => focus(index + 1),
      ArrowUp: () => focus(index - 1),
      Home: () => focus(0),
      End: () => focus(rows.length - 1),
      ArrowRight: () => (row.isOpen === false ? onFold(row.key) : row.isOpen && focus(index + 1)),
      ArrowLeft: () => (row.isOpen ? onFold(row.key) : focus(rows.findLastIndex((each, place) => place < index && each.depth < row.depth))),
      Enter: () => onUse(row),
      ' ': () => onChoose(row),
      ...(onDelete && { Delete: () => onDelete(row), Backspace: () => onDelete(row) }),
    };
    const act = does[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <div ref={place} role="tree" aria-label={label} className={classes['tree']} onKeyDown={onKeyDown}>
      {rows.map((row, index) => (
        <div
          key={row.key}
          role="treeitem"
          data-row={index}
          aria-level={row.depth + 1}
          aria-selected={row.key === chosen}
          aria-expanded={row.isOpen ?? undefined}
          tabIndex={index === present ? 0 : -1}
          className={classes['row']}
          style={{ height: ROW_PX, paddingInlineStart: 8 + row.depth * 16 }}
          draggable={drag?.isDraggable ?? false}
          onDragStart={(event) => {
            event.dataTransfer.setData('text/plain', row.name);
            event.dataTransfer.effectAllowed = 'link';
            drag?.onStart?.(row);
          }}
          data-over={row.key === over || undefined}
          onDragOver={(event) => {
            if (!drag?.onDrop) return;
            event.preventDefault();
            setOver(row.key);
          }}
          onDragLeave={() => setOver((now) => (now === row.key ? null : now))}
          onDrop={(event) => {
            event.preventDefault();
            setOver(null);
            drag?.onDrop?.(row);
          }}
          onClick={() => onChoose(row)}
          onDoubleClick={() => onUse(row)}
        >
          <span className={classes['chevron']} onClick={() => row.isOpen !== null && onFold(row.key)} aria-hidden>
            {row.isOpen === null ? null : row.isOpen ? <IconChevronDown size={13} /> : <IconChevronRight size={13} />}
          </span>
          {children(row)}
        </div>
      ))}
    </div>
  );
}
