import { Button, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { shortSha, subject } from '@/lib/format';
import type { ComponentRef, Source } from '@/lib/types';
import { Async, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { useSourceAt } from './api';
import { CodeEditor } from './code-editor';
import { DiffView } from './diff-view';
import { begin, filesOf, firstOf } from './draft';
import classes from './editor.module.css';
import { FileTree } from './file-tree';
import { hasFlow, ReadViews } from './read-views';
import { ViewSwitch } from './view-switch';
import { useView } from './use-view';

interface OlderProps {
  component: ComponentRef;
  sha: string;
  path: string | null;
  /** A line to go to. */
  line?: number | null;
  onSelect: (path: string) => void;
  /** Absent when this is the newest. */
  onBack?: () => void;
  /** Takes this file's old text into what is being edited; absent when nothing is. */
  onBringBack?: (path: string, text: string) => void;
  /** A file's text as it is being edited, to compare with; null when there is no such file. */
  textNow?: (path: string) => string | null;
  history: React.ReactNode;
}

/** The files as they were at an older commit, to read. */
export function Older(props: OlderProps) {
  const source = useSourceAt(props.component, props.sha);
  const notice = source.data && (
    <div className={classes['notice']}>
      <span>
        This is <code className="mono">{shortSha(props.sha)}</code> “{subject(source.data.commit.message)}” by {source.data.commit.author}, <Time at={source.data.commit.at} />. It can be read, not changed.
      </span>
      {props.onBack && (
        <Button variant="default" onClick={props.onBack}>
          Back to the newest
        </Button>
      )}
    </div>
  );
  return (
    <div className={classes['workbench']}>
      <div className={classes['side']}>
        <div>{source.data && <FileTree files={filesOf(begin(source.data))} selected={shownPath(source.data, props.path)} onSelect={props.onSelect} />}</div>
        {props.history}
      </div>
      <div className={classes['main']}>
        {notice}
        <Async query={source} loading={<div className={classes['blank']}><Loading lines={8} height={14} /></div>} failed="This commit could not be loaded.">
          {(found) => <Text source={found} {...props} />}
        </Async>
      </div>
    </div>
  );
}

function shownPath(source: Source, path: string | null): string | null {
  const paths = source.files.map((file) => file.path);
  return path !== null && paths.includes(path) ? path : firstOf(paths);
}

function Text({ source, path, line = null, onBringBack, textNow }: OlderProps & { source: Source }) {
  const [isCompared, setCompared] = useState(false);
  const choice = useView();
  const file = source.files.find((each) => each.path === shownPath(source, path));
  if (!file) return <div className={classes['blank']}>There was no file at this commit.</div>;
  const { text } = file;
  const now = textNow?.(file.path) ?? null;
  return (
    <>
      <div className={classes['bar']}>
        <span className={classes['path']}>
          <span className="mono">{file.path}</span>
        </span>
        {text !== null && textNow && (
          <SegmentedControl
            aria-label="Show"
            size="xs"
            value={isCompared ? 'changes' : 'file'}
            onChange={(shown) => setCompared(shown === 'changes')}
            data={[
              { value: 'file', label: 'File' },
              { value: 'changes', label: 'Changes since' },
            ]}
          />
        )}
        {text !== null && hasFlow(file.path) && !isCompared && <ViewSwitch {...choice} />}
        {text !== null && onBringBack && (
          <Button variant="default" size="compact-xs" onClick={() => onBringBack(file.path, text)}>
            Bring this file back
          </Button>
        )}
      </div>
      {text === null ? (
        <div className={classes['blank']}>This file is not text, or larger than 1 MB.</div>
      ) : isCompared && textNow ? (
        <>
          <div className={classes['headings']}>
            <span>At this commit</span>
            <span>{now === null ? 'Now: there is no such file' : now === text ? 'Now: the same' : 'Now'}</span>
          </div>
          <DiffView key={`${source.commit.sha} ${file.path}`} path={file.path} theirs={text} mine={now ?? ''} names={['then', 'now']} />
        </>
      ) : hasFlow(file.path) ? (
        <ReadViews key={`${source.commit.sha} ${file.path}`} path={file.path} text={text} line={line} view={choice.view} isNarrow={choice.isNarrow} />
      ) : (
        <CodeEditor path={file.path} text={text} line={line} readOnly />
      )}
    </>
  );
}
