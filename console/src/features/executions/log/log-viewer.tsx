import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { isActive } from '@/lib/outcome';
import { localZone } from '@/lib/time';
import type { Execution } from '@/lib/types';
import { Failed, Loading } from '@/ui/states';
import { linesFrom, linesWith, placeOf } from './lines';
import { LogLine } from './log-line';
import { LogToolbar } from './log-toolbar';
import classes from './log.module.css';
import { useLog } from './use-log';
import { useLogAddress } from './use-log-address';

// A million lines of this height are still within what browsers can scroll.
const LINE_HEIGHT = 17;

/** The log of one execution; give it the execution's id as `key`. */
export function LogViewer({ execution }: { execution: Execution }) {
  const active = isActive(execution.state);
  const { pages, state, live } = useLog(execution.id, active);
  const { line, find, level, go } = useLogAddress();
  const [follow, setFollow] = useState(active && line === null);
  const [wrap, setWrap] = useState(false);
  const [noError, setNoError] = useState(false);
  const { version, last } = state;

  const lineAt = useCallback((seq: number) => pages.line(seq), [pages]);
  // `version` is what says that lines have come, which `lineAt` reads.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const shown = useMemo(() => (level ? linesFrom(level, last, lineAt) : null), [level, last, lineAt, version]);
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const matches = useMemo(() => (find ? linesWith(find, last, shown, lineAt) : null), [find, last, shown, lineAt, version]);
  const count = shown ? shown.length : last;
  const seqAt = useCallback((index: number) => (shown ? (shown[index] ?? 0) : index + 1), [shown]);
  const indexOf = useCallback((seq: number) => (shown ? placeOf(seq, shown) : seq - 1), [shown]);

  // Searching and filtering look at every line, so every line has to be here.
  const wantsAll = Boolean(find || level) && state.status === 'open';
  useEffect(() => {
    if (!wantsAll) return;
    const stop = new AbortController();
    void pages.all(stop.signal);
    return () => stop.abort();
  }, [wantsAll, pages]);

  const scroller = useRef<HTMLDivElement>(null);
  const { ref: sized, height } = useElementSize();
  const ref = useMergedRef(scroller, sized);
  // The compiler that this warns about is not in use.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 24,
    getItemKey: seqAt,
  });
  const items = rows.getVirtualItems();
  const zone = localZone();
  const [from, to] = [seqAt(items[0]?.index ?? 0), seqAt(items.at(-1)?.index ?? 0)];
  useEffect(() => {
    if (state.status === 'open' && to > 0) void pages.need(from, to);
  }, [pages, state.status, from, to]);
  useEffect(() => rows.measure(), [rows, wrap]);

  const showLine = useCallback((seq: number) => rows.scrollToIndex(indexOf(seq), { align: 'center' }), [rows, indexOf]);
  const jump = (seq: number) => {
    setFollow(false);
    go({ line: seq });
    showLine(seq);
  };
  // The line that the address named when the page was opened, and whichever it names later.
  const named = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (named.current === line || state.status !== 'open' || height === 0) return;
    const align = named.current === null ? 'center' : 'auto';
    named.current = line;
    if (line !== null) rows.scrollToIndex(indexOf(Math.min(line, last)), { align });
  }, [state.status, height, line, last, rows, indexOf]);
  useLayoutEffect(() => {
    if (follow && count > 0) rows.scrollToIndex(count - 1, { align: 'end' });
  }, [follow, count, rows, height]);

  const jumpToError = async () => {
    const seq = await pages.first((each) => each.level === 'error');
    setNoError(seq === null);
    if (seq !== null) jump(seq);
  };
  const step = (by: 1 | -1) => {
    if (!matches?.length) return;
    const at = line ?? seqAt(items[0]?.index ?? 0) - 1;
    const place = by > 0 ? placeOf(at + 1, matches) : placeOf(at, matches) - 1;
    jump(matches[(place + matches.length) % matches.length] ?? 1);
  };
  const scrolled = (event: React.WheelEvent | React.KeyboardEvent) => {
    const up = 'deltaY' in event ? event.deltaY < 0 : ['ArrowUp', 'PageUp', 'Home'].includes(event.key);
    if (up) setFollow(false);
  };

  if (state.status === 'failed') {
    return <Failed title="The log could not be loaded." error={state.error} onRetry={() => void pages.open()} />;
  }
  return (
    <div className={classes['log']}>
      <LogToolbar
        execution={execution}
        live={live}
        total={last}
        loaded={state.loaded}
        shown={shown?.length ?? null}
        reading={wantsAll && state.loaded < last}
        find={find}
        onFind={(text) => go({ find: text })}
        matches={matches}
        line={line}
        onStep={step}
        level={level}
        onLevel={(next) => go({ level: next })}
        noError={noError}
        onError={() => void jumpToError()}
        follow={follow}
        onFollow={active ? setFollow : undefined}
        wrap={wrap}
        onWrap={setWrap}
      />
      <div
        ref={ref}
        className={classes['scroller']}
        data-wrap={wrap || undefined}
        role="region"
        aria-label="Log lines"
        tabIndex={0}
        onWheel={scrolled}
        onKeyDown={scrolled}
      >
        {state.status === 'opening' ? (
          <div className={classes['note']}>
            <Loading lines={6} height={12} />
          </div>
        ) : count === 0 ? (
          <p className={classes['note']}>{nothing(active, last, level !== null)}</p>
        ) : (
          <div className={classes['lines']} style={{ height: rows.getTotalSize(), '--digits': String(last).length } as React.CSSProperties}>
            {items.map(({ index, key, start }) => (
              <div
                key={key}
                ref={wrap ? rows.measureElement : undefined}
                data-index={index}
                className={classes['place']}
                style={{ transform: `translateY(${start}px)` }}
              >
                <LogLine seq={seqAt(index)} line={lineAt(seqAt(index))} find={find} zone={zone} named={line === seqAt(index)} onName={(seq) => go({ line: seq })} />
              </div>
            ))}
          </div>
        )}
      </div>
    </div>
  );
}

function nothing(active: boolean, last: number, filtered: boolean): string {
  if (filtered && last > 0) return 'No line is of this level.';
  return active ? 'No line yet. Lines appear here as they are written.' : 'It wrote nothing.';
}
