/** The lines of one step, marked in the code. */
import { type Extension, RangeSetBuilder, StateEffect, StateField, type Text } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

interface Range {
  from: number;
  to: number;
}

/** Marks these lines and no others. What is marked already costs nothing. */
export function markLines(view: EditorView, range: Range | null): void {
  const wanted = range ? startsOf(view.state.doc, range) : [];
  const present: number[] = [];
  view.state.field(marked, false)?.between(0, view.state.doc.length, (from) => void present.push(from));
  if (wanted.length !== present.length || wanted.some((from, index) => from !== present[index])) view.dispatch({ effects: mark.of(range) });
}

const mark = StateEffect.define<Range | null>();

const line = Decoration.line({ class: 'cm-step' });

const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    let now = before.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(mark)) continue;
      const building = new RangeSetBuilder<Decoration>();
      for (const from of effect.value ? startsOf(transaction.newDoc, effect.value) : []) building.add(from, from, line);
      now = building.finish();
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** Where each line of a range begins. */
function startsOf(doc: Text, { from, to }: Range): number[] {
  const first = doc.lineAt(Math.min(from, doc.length)).number;
  const last = doc.lineAt(Math.min(to, doc.length)).number;
  return Array.from({ length: last - first + 1 }, (_, index) => doc.line(first + index).from);
}

export const marking: Extension = marked;
