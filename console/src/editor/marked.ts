/** The lines of one step, marked in the code. */
import { type Extension, RangeSetBuilder, StateEffect, StateField } from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';

export const mark = StateEffect.define<{ from: number; to: number } | null>();

const line = Decoration.line({ class: 'cm-step' });

const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(before, transaction) {
    let now = before.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(mark)) continue;
      const building = new RangeSetBuilder<Decoration>();
      const { doc } = transaction.state;
      if (effect.value) {
        const last = doc.lineAt(Math.min(effect.value.to, doc.length)).number;
        for (let number = doc.lineAt(Math.min(effect.value.from, doc.length)).number; number <= last; number += 1) {
          building.add(doc.line(number).from, doc.line(number).from, line);
        }
      }
      now = building.finish();
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export const marking: Extension = marked;
