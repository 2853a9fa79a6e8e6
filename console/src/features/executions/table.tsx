import { useMediaQuery } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { IconArrowUp } from '@tabler/icons-react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { plural } from '@/lib/format';
import { localZone, zoneName } from '@/lib/time';
import type { Execution } from '@/lib/types';
import { Row } from './row';
import { addedOnTop, ranApart } from './rows';
import classes from './table.module.css';

interface TableProps {
  /** Newest first. */
  items: readonly Execution[];
  to: (execution: Execution) => string;
  /** Shows project and component, for lists across components. */
  named: boolean;
  /** How many there are in all. */
  total: number;
  /** Asks for older ones; called when the end comes near. */
  onEnd: () => void;
}

const ROW = 34;
const NARROW_ROW = 62;
const NEAR = 15;

/** The executions as a table of any length: only what is in sight is in the document. */
export function Table({ items, to, named, total, onEnd }: TableProps) {
  const narrow = useMediaQuery('(max-width: 48em)') ?? false;
  const rowHeight = narrow ? NARROW_ROW : ROW;
  const body = useRef<HTMLTableSectionElement>(null);
  const [top, setTop] = useState(0);
  const [unseen, setUnseen] = useState(0);
  const arrived = useArrivals(items);

  // What stands above the table may have changed its height; the virtualizer has to know where the rows begin.
  useEffect(() => {
    const measure = () => {
      if (body.current) setTop(Math.round(body.current.getBoundingClientRect().top + window.scrollY));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollMargin: top,
    getItemKey: (index) => items[index]?.id ?? index,
  });
  useEffect(() => rows.measure(), [rows, rowHeight]);

  // Rows that come on top must not push away what somebody is reading.
  const known = useRef(items);
  useLayoutEffect(() => {
    const added = addedOnTop(known.current, items);
    known.current = items;
    const readsBelow = (body.current?.getBoundingClientRect().top ?? 0) < 0;
    if (added === 0 || !readsBelow) return;
    window.scrollBy(0, added * rowHeight);
    setUnseen((before) => before + added);
  }, [items, rowHeight]);

  const shown = rows.getVirtualItems();
  const first = shown[0];
  const last = shown.at(-1);
  const atTop = (first?.index ?? 0) === 0;
  if (atTop && unseen > 0) setUnseen(0);
  const nearEnd = (last?.index ?? 0) >= items.length - NEAR;
  useEffect(() => {
    if (nearEnd) onEnd();
  }, [nearEnd, onEnd, items.length]);

  const placed = useMemo(() => ranApart(items), [items]);
  const columns = 8 + Number(named) + Number(placed);
  const zone = localZone();
  return (
    <div className={classes['frame']}>
      {unseen > 0 && (
        <div className={classes['unseenPlace']}>
          <button type="button" className={classes['unseen']} onClick={() => window.scrollTo({ top: Math.max(0, top - 120) })}>
            <IconArrowUp size={13} stroke={2} aria-hidden />
            {plural(unseen, 'new execution')}
          </button>
        </div>
      )}
      <table className={classes['table']} aria-label="Executions" aria-rowcount={total + 1} data-named={named || undefined}>
        <thead>
          <tr>
            <th scope="col" className={classes['outcome']}>Outcome</th>
            <th scope="col" className={classes['origin']}>
              <span className={classes['spoken']}>Origin</span>
            </th>
            {named && <th scope="col">Component</th>}
            <th scope="col" className={classes['environment']}>Environment</th>
            {placed && <th scope="col" className={classes['place']}>Ran on</th>}
            <th scope="col" className={classes['due']}>Due <span className={classes['zone']}>{zoneName(zone)}</span></th>
            <th scope="col" className={classes['numeric']}>Started</th>
            <th scope="col" className={classes['numeric']}>Duration</th>
            <th scope="col" className={classes['attempt']}>Attempt</th>
            <th scope="col">Reason</th>
          </tr>
        </thead>
        <tbody ref={body}>
          <Gap height={first ? first.start - top : 0} columns={columns} />
          {shown.map(({ index, key }) => {
            const execution = items[index];
            return execution ? (
              <Row key={key} execution={execution} to={to(execution)} named={named} placed={placed} zone={zone} position={index + 2} fresh={arrived.has(execution.id)} />
            ) : null;
          })}
          <Gap height={last ? rows.getTotalSize() - (last.end - top) : 0} columns={columns} />
        </tbody>
      </table>
    </div>
  );
}

function Gap({ height, columns }: { height: number; columns: number }) {
  return height > 0 ? (
    <tr aria-hidden className={classes['gap']} style={{ height }}>
      <td colSpan={columns} />
    </tr>
  ) : null;
}

const NONE: ReadonlySet<string> = new Set();

/** The executions that came on top with the last change, so that they can slide in. */
function useArrivals(items: readonly Execution[]): ReadonlySet<string> {
  const [seen, setSeen] = useState({ items, arrived: NONE });
  if (seen.items === items) return seen.arrived;
  const added = addedOnTop(seen.items, items);
  // An arrival keeps its mark while its row changes from running to ended, or its animation would be cut off.
  const arrived = added > 0 ? new Set(items.slice(0, added).map((each) => each.id)) : seen.arrived;
  setSeen({ items, arrived });
  return arrived;
}
