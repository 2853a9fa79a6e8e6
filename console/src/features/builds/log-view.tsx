import { Switch } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { plural } from '@/lib/format';
import { clock, full, localZone } from '@/lib/time';
import type { ComponentRef, LogLine } from '@/lib/types';
import { Section } from '@/ui/page';
import { Failed, Loading } from '@/ui/states';
import { useBuildLog } from './log';
import classes from './log-view.module.css';

const LINE_HEIGHT = 20;

/** A build's log, line by line as it comes; it stays at its end until somebody scrolls away. */
export function LogView({ component, number }: { component: ComponentRef; number: number }) {
  const { data, error, refetch } = useBuildLog(component, number);
  const [follow, setFollow] = useState(true);
  return (
    <Section
      title="Log"
      aside={
        data && (
          <span className={classes['aside']}>
            {plural(data.lines.length, 'line')}{!data.complete && ', being written'}
            {!data.complete && <Switch size="xs" label="Follow" checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />}
          </span>
        )
      }
    >
      {data ? (
        <Lines lines={data.lines} complete={data.complete} follow={follow && !data.complete} onFollow={setFollow} />
      ) : error ? (
        <Failed title="The log could not be loaded." error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading lines={6} height={14} />
      )}
    </Section>
  );
}

interface LinesProps {
  lines: readonly LogLine[];
  complete: boolean;
  follow: boolean;
  onFollow: (follow: boolean) => void;
}

function Lines({ lines, complete, follow, onFollow }: LinesProps) {
  const box = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- nothing here is memoised by its functions
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 30,
    initialRect: { width: 900, height: 600 },
  });
  useEffect(() => {
    if (follow && lines.length > 0) virtual.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [follow, lines.length, virtual]);

  if (lines.length === 0) return <p className={classes['none']}>{complete ? 'Nothing was written.' : 'The first line comes in a moment…'}</p>;
  return (
    <div
      ref={box}
      className={classes['box']}
      style={{ '--lines': lines.length } as React.CSSProperties}
      role="log"
      aria-label="Build log"
      tabIndex={0}
      onWheel={(event) => event.deltaY < 0 && onFollow(false)}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        if (!complete && !follow && scrollHeight - scrollTop - clientHeight < LINE_HEIGHT) onFollow(true);
      }}
    >
      <div className={classes['all']} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const line = lines[index];
          return line && <Line key={line.seq} line={line} first={lines[index - 1]?.stream !== line.stream} top={start} />;
        })}
      </div>
    </div>
  );
}

function Line({ line, first, top }: { line: LogLine; first: boolean; top: number }) {
  return (
    <div className={classes['line']} data-level={line.level ?? undefined} style={{ transform: `translateY(${top}px)` }}>
      <span className={classes['number']}>{line.seq}</span>
      <span className={classes['time']} title={full(line.at, localZone())}>
        {clock(line.at, localZone(), { seconds: true })}
      </span>
      <span className={classes['stream']}>{first ? line.stream : ''}</span>
      <span className={classes['text']}>
        {line.level === 'error' && !/^\s*error\b/i.test(line.text) && <span className={classes['level']}>error </span>}
        {line.text}
      </span>
    </div>
  );
}
