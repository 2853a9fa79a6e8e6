import { clock, toDate } from '@/lib/time';
import type { LogLine as Line } from '@/lib/types';
import { everyZone } from '../words';
import { cut, LEVEL_WORDS, shownText } from './lines';
import classes from './log.module.css';

interface LogLineProps {
  seq: number;
  line: Line | undefined;
  find: string;
  /** In which its time is told. */
  zone: string;
  /** The address names this line. */
  named: boolean;
  onName: (seq: number) => void;
}

/** One line: its number, which is a link to it, its clock, stream, level and text. */
export function LogLine({ seq, line, find, zone, named, onName }: LogLineProps) {
  const name = (event: React.MouseEvent) => {
    if (event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    onName(seq);
  };
  return (
    <div className={classes['line']} data-level={line?.level ?? undefined} data-named={named || undefined}>
      {/* Not a stop for the Tab key: a screenful would be forty of them. Searching and jumping set the address, too. */}
      <a href={`#L${seq}`} className={classes['seq']} onClick={name} tabIndex={-1} aria-label={`Line ${seq}`} title="Link to this line">
        {seq}
      </a>
      {line ? (
        <>
          <time className={classes['at']} dateTime={line.at} onPointerEnter={(event) => (event.currentTarget.title = everyZone(line.at))}>
            {clock(line.at, zone, { seconds: true })}
            <span className={classes['ms']}>.{String(toDate(line.at).getUTCMilliseconds()).padStart(3, '0')}</span>
          </time>
          <span className={classes['stream']} title={line.stream}>
            {line.stream.replace(/^std/, '')}
          </span>
          <span className={classes['level']}>{line.level ? LEVEL_WORDS[line.level] : ''}</span>
          <span className={classes['text']}>
            {cut(shownText(line), find).map((part, index) => (index % 2 ? <mark key={index}>{part}</mark> : part))}
          </span>
        </>
      ) : (
        <span className={classes['coming']} aria-label="Loading" />
      )}
    </div>
  );
}
