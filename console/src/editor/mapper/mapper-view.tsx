import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconAlertTriangle, IconSearch, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { Drawn } from '@/flow/mapping';
import type { Mapper, MapperSource, MapperTarget } from '@/lib/types';
import type { Apply } from '../use-edits';
import { Lines } from './lines';
import classes from './mapper.module.css';
import { allTargets, keyOf, linesOf, type Row, sourceRows, targetRows, wayInto, wordsOf } from './rows';
import { SampleForm } from './sample-form';
import { TargetForm } from './target-form';
import { Tree } from './tree';

interface MapperViewProps {
  mapper: Mapper;
  drawn: Drawn;
  apply: Apply;
}

export function MapperView({ mapper, drawn, apply }: MapperViewProps) {
  const [sought, setSought] = useState('');
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [source, setSource] = useState<string | null>(null);
  const [target, setTarget] = useState<string | null>(null);
  const [isSampling, setSampling] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const left = sourceRows(mapper.sources, folded, sought);
  const right = targetRows(mapper.target, folded, sought);
  const lines = linesOf(left, right);
  const from = left.find((row) => row.key === source)?.node ?? null;
  const to = [...allTargets(mapper.target)].find((each) => keyOf(each.way) === target) ?? (right.length === 0 ? mapper.target : null);
  const fold = (key: string) => setFolded((now) => toggled(now, key));
  const { function: name } = mapper;
  const told = (words: string) => (reason: string | null) => {
    setRefused(reason);
    setSaid(reason === null ? words : '');
    return reason;
  };
  const link = (one: MapperSource | null, other: MapperTarget | null) => {
    if (!one || !other) return;
    const way = wayInto(other, one);
    setTarget(keyOf(way));
    void apply({ op: 'map_link', function: name, source: one.way, target: way }).then(told(`${wordsOf(one.way)} goes into ${wordsOf(way) || 'the result'}.`));
  };
  const set = (way: string[], text: string | null) => apply({ op: 'map_value', function: name, target: way, text });
  const remove = (each: MapperTarget) => each.text !== null && void set(each.way, null).then(told(`${wordsOf(each.way)} has no value now.`));
  return (
    <>
      <div className={classes['bar']}>
        <TextInput size="xs" aria-label="Search fields" placeholder="Search fields" leftSection={<IconSearch size={14} aria-hidden />} value={sought} onChange={(event) => setSought(event.currentTarget.value)} />
        <Button disabled={!from || !to} onClick={() => link(from, to)}>
          Link
        </Button>
        <Button variant="default" disabled={!to || to.text === null} onClick={() => to && remove(to)}>
          Remove
        </Button>
        <span className={classes['space']} />
        <Button variant="default" onClick={() => setSampling(!isSampling)} aria-expanded={isSampling}>
          Types from a sample
        </Button>
      </div>
      {isSampling && <SampleForm mapper={mapper} first={from?.way[0] ?? (target === null ? null : '')} apply={apply} onDone={() => setSampling(false)} />}
      {(mapper.problem ?? refused) !== null && (
        <p className={classes['wrong']} role="alert">
          {mapper.problem ?? refused}
        </p>
      )}
      <div role="status" className={classes['hidden']}>
        {said}
      </div>
      <div className={classes['trees']}>
        <div>
          <h3>Input</h3>
          {mapper.sources.length === 0 && <p className={classes['none']}>The function takes nothing. Give it parameters first.</p>}
          <Tree
            label="Input"
            rows={left}
            chosen={source}
            onChoose={(row) => setSource(row.key)}
            onFold={fold}
            onUse={(row) => link(row.node, to)}
            drag={{ isDraggable: mapper.problem === null, onStart: (row) => setSource(row.key) }}
          >
            {(row) => <SourceWords row={row} />}
          </Tree>
        </div>
        <div className={classes['between']}>
          <Lines lines={lines} chosen={target} rows={Math.max(left.length, right.length)} />
        </div>
        <div>
          <h3>Output {mapper.target.type && <code>{mapper.target.type}</code>}</h3>
          <Tree
            label="Output"
            rows={right}
            chosen={target}
            onChoose={(row) => setTarget(row.key)}
            onFold={fold}
            onUse={(row) => link(from, row.node)}
            onDelete={(row) => remove(row.node)}
            drag={{ isDraggable: false, onDrop: (row) => link(from, row.node) }}
          >
            {(row) => <TargetWords row={row} onRemove={() => remove(row.node)} />}
          </Tree>
          {mapper.target.kind === 'open' && (mapper.target.is_made || mapper.target.text === null) && (
            <div
              className={classes['drop']}
              onDragOver={(event) => event.preventDefault()}
              onDrop={(event) => {
                event.preventDefault();
                link(from, mapper.target);
              }}
            >
              <button type="button" disabled={!from} onClick={() => link(from, mapper.target)}>
                {from ? `Add a field with ${wordsOf(from.way)}` : 'Choose an input to add it as a field'}
              </button>
            </div>
          )}
        </div>
      </div>
      {to && mapper.problem === null && <TargetForm key={keyOf(to.way)} target={to} drawn={drawn} path={[mapper.path?.[0] ?? 0]} onSet={(text) => set(to.way, text)} />}
    </>
  );
}

function SourceWords({ row }: { row: Row<MapperSource> }) {
  return (
    <>
      <span className={classes['name']}>{row.name}</span>
      {row.node.type && <code className={classes['type']}>{row.node.type}</code>}
    </>
  );
}

function TargetWords({ row, onRemove }: { row: Row<MapperTarget>; onRemove: () => void }) {
  const { node } = row;
  const isExpression = node.text !== null && !node.link && !node.is_made;
  return (
    <>
      {node.problem && <IconAlertTriangle size={14} className={classes['warning']} aria-hidden />}
      <span className={classes['name']}>
        {row.name}
        {node.is_required && <span aria-hidden> *</span>}
      </span>
      {node.type && <code className={classes['type']}>{node.type}</code>}
      {isExpression && <code className={classes['chip']}>{node.text}</code>}
      {node.each !== null && <span className={classes['each']}>{node.where === null ? 'item by item' : `where ${node.where}`}</span>}
      <span className={classes['hidden']}>{saidOf(row)}</span>
      {node.text !== null && row.key !== '' && (
        <ActionIcon size="xs" tabIndex={-1} className={classes['remove'] ?? ''} aria-hidden onClick={onRemove} title={`Remove the value of ${row.name}`}>
          <IconX size={12} aria-hidden />
        </ActionIcon>
      )}
    </>
  );
}

/** What the line says, and the marks, for those who do not see them. */
function saidOf({ node }: Row<MapperTarget>): string {
  const value = node.link ? `from ${wordsOf(node.link)}` : node.text === null ? (node.is_required ? 'required, no value yet' : 'no value') : node.is_made ? 'made of its fields' : '';
  return [value, node.problem].filter(Boolean).join(', ');
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}
