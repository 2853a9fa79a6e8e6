import { Button } from '@mantine/core';
import { useCallback, useMemo, useState } from 'react';
import { type Drawn, idOf, nodeOf } from '@/flow/mapping';
import type { FlowNode } from '@/flow/model';
import { titleOf } from '@/flow/words';
import type { Palette } from '@/lib/types';
import { Fold } from '@/ui/fold';
import { Sentence } from '@/ui/sentence';
import { Async } from '@/ui/states';
import { usePalette } from '../flow-api';
import { MapperDialog } from '../mapper/mapper-dialog';
import type { StepPanelProps } from '../side-panel';
import { useSurroundings } from './api';
import { AddArgument } from './add-argument';
import { isMarked, signatureOfName, signatureOfStep } from './callable';
import { CodeForm } from './code-form';
import type { Drafts } from './drafts';
import { Field, type FieldProps } from './field';
import classes from './form.module.css';
import { LevelField } from './level-field';
import { NoteField } from './note-field';
import { firstToFill, type Row, type Section, sectionsOf } from './rows';

/** The form of a step: its fields by its kind and by the signature of what it calls, applied one by one. */
export function StepForm({ drawn, selected, apply, drafts }: StepFormProps) {
  const palette = usePalette();
  const [mapped, setMapped] = useState<string | null>(null);
  const node = nodeOf(drawn, selected);
  if (!node) return null;
  return (
    <>
      {mapped !== null && <MapperDialog drawn={drawn} name={mapped} apply={apply} onClose={() => setMapped(null)} />}
      <Async query={palette} failed="The form could not be loaded.">
        {(found) => <Form key={selected} drawn={drawn} node={node} apply={apply} onMap={setMapped} palette={found} drafts={drafts} />}
      </Async>
    </>
  );
}

type StepFormProps = Pick<StepPanelProps, 'drawn' | 'selected' | 'apply' | 'drafts'>;

interface FormProps extends Pick<StepFormProps, 'drawn' | 'apply'> {
  node: FlowNode;
  /** Opens the mapper of the function of this name. */
  onMap: (name: string) => void;
  palette: Palette;
  drafts: Drafts;
}

function Form({ drawn, node, apply, onMap, palette, drafts }: FormProps) {
  const surroundings = useSurroundings(drawn, node.path);
  const signature = useMemo(() => signatureOfStep(node, drawn.flow, palette), [node, drawn.flow, palette]);
  const sections = useMemo(() => sectionsOf(node, palette.forms, signature), [node, palette, signature]);
  const path = [...node.path];
  const set = (row: Row, text: string | null) => apply({ op: 'set', path, branch: row.branch, field: row.field, text });
  const rename = (row: Row, name: string) => apply({ op: 'rename', path, branch: row.branch, field: row.field, name });
  const ofName = useCallback((name: string) => signatureOfName(name, drawn.flow, palette), [drawn.flow, palette]);
  const common = { id: idOf(drawn, node), drafts, surroundings, signatureOf: ofName, onSet: set, onRename: rename, begin: firstToFill(sections) };
  const mapper = mapperOf(node, drawn);
  return (
    <form className={classes['form']} aria-label={`${titleOf(node)}: fields`} onSubmit={(event) => event.preventDefault()}>
      {signature?.documentation && <p className={classes['about']}><Sentence>{signature.documentation}</Sentence></p>}
      {mapper && (
        <Button variant="default" onClick={() => onMap(mapper)}>
          Open mapper
        </Button>
      )}
      {node.kind === 'log' && <LevelField node={node} onSet={(text) => apply({ op: 'set', path, branch: null, field: 'function', text })} />}
      {sections.map((section) => (
        <Part key={section.title + section.rows[0]?.branch} section={section} common={common} />
      ))}
      {isWritten(node, sections) && <CodeForm drawn={drawn} node={node} surroundings={surroundings} apply={apply} drafts={drafts} />}
      <NoteField id={idOf(drawn, node)} node={node} source={drawn.text} drafts={drafts} onSet={(text) => apply({ op: 'note', path, text })} />
    </form>
  );
}

function Part({ section, common }: { section: Section; common: Omit<FieldProps, 'row'> }) {
  const [adding, setAdding] = useState(false);
  const { title, rows, more, placed } = section;
  return (
    <fieldset className={classes['section']}>
      {title && <legend>{title}</legend>}
      {rows.map((row) => (
        <Field key={row.key} row={row} {...common} />
      ))}
      {placed !== null &&
        (adding ? (
          <AddArgument {...common} placed={placed} onDone={() => setAdding(false)} />
        ) : (
          <Button variant="subtle" className={classes['add'] ?? ''} onClick={() => setAdding(true)}>
            Add an argument
          </Button>
        ))}
      {more.length > 0 && (
        <Fold title="More" summary={more.map((row) => row.title).join(', ')}>
          {more.map((row) => (
            <Field key={row.key} row={row} {...common} />
          ))}
        </Fold>
      )}
    </fieldset>
  );
}

/** Steps that are edited as the code that they are. */
const isWritten = (node: FlowNode, sections: readonly Section[]): boolean =>
  node.kind !== 'comment' && node.branches.length === 0 && (sections.length === 0 || Boolean(node.problem)) && !WORDLESS.has(node.kind);

const WORDLESS: ReadonlySet<string> = new Set(['break', 'continue']);

/** The data mapper that a step is, or calls. */
function mapperOf(node: FlowNode, { flow }: Drawn): string | null {
  if (node.kind === 'data_map_call') return node.function ?? null;
  return node.kind === 'function' && isMarked(node, 'data_mapper') && flow.valid ? (node.qualname ?? null) : null;
}
