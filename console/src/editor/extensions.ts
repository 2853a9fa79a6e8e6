/** How code is shown and edited: what a Python editor needs, in the console's own colours. */
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { python } from '@codemirror/lang-python';
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { marking } from './marked';

// The colours stand in editor.module.css, for light and dark.
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword, tags.moduleKeyword], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-number)' },
  { tag: [tags.comment, tags.docString], color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.function(tags.variableName), tags.function(tags.definition(tags.variableName))], color: 'var(--code-function)' },
  { tag: [tags.className, tags.definition(tags.className), tags.typeName], color: 'var(--code-class)' },
  { tag: [tags.meta, tags.annotation], color: 'var(--code-class)' },
  { tag: tags.invalid, color: 'var(--outcome-failed)' },
]);

export const colours: Extension = syntaxHighlighting(highlight);

const look = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: '0.8125rem' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', fontVariantLigatures: 'none', lineHeight: '1.6' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--ink)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)' },
  '.cm-line': { padding: '0 16px 0 10px' },
  '.cm-gutters': { color: 'var(--ink-soft)', backgroundColor: 'var(--surface)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '44px', padding: '0 8px 0 0', fontVariantNumeric: 'tabular-nums' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--ink) 4%, transparent)' },
  '.cm-step': { boxShadow: 'inset 3px 0 var(--accent-ink)' },
  '.cm-activeLineGutter': { color: 'var(--ink)', backgroundColor: 'color-mix(in srgb, var(--ink) 4%, transparent)' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'var(--code-selection)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--code-match)' },
  '.cm-searchMatch': { backgroundColor: 'var(--code-match)', outline: '1px solid var(--code-match-line)' },
  '.cm-searchMatch-selected': { backgroundColor: 'var(--code-selection)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--code-match)', outline: '1px solid var(--code-match-line)' },
  '.cm-panels': { color: 'var(--ink)', backgroundColor: 'var(--surface-sunk)', zIndex: 3 },
  '.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 32px 8px 12px', fontFamily: 'var(--mantine-font-family)' },
  '.cm-panel.cm-search label': { fontSize: '0.75rem' },
  '.cm-textfield': { padding: '3px 6px', color: 'var(--ink)', backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)', borderRadius: '4px' },
  '.cm-button': { padding: '3px 8px', color: 'var(--ink)', backgroundImage: 'none', backgroundColor: 'var(--surface)', border: '1px solid var(--line-strong)', borderRadius: '4px' },
  '.cm-panel.cm-search [name=close]': { top: '6px', right: '10px', color: 'var(--ink-soft)', fontSize: '1.1rem' },
  '.cm-tooltip': { color: 'var(--ink)', backgroundColor: 'var(--surface-raised)', border: '1px solid var(--line-strong)', borderRadius: '6px' },
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': { color: 'var(--accent-ink)', backgroundColor: 'var(--accent-soft)' },
  '.cm-changedLine': { backgroundColor: 'var(--code-changed-line) !important' },
  '.cm-changedLineGutter, .cm-deletedLineGutter': { background: 'var(--accent-ink) !important' },
  '.cm-collapsedLines': { color: 'var(--ink-soft)', background: 'var(--surface-sunk) !important', fontFamily: 'var(--mantine-font-family)', fontSize: '0.75rem' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"···" !important', color: 'inherit' },
  '.cm-changedText': { background: 'var(--code-changed-text) !important', boxShadow: 'inset 0 -2px var(--code-match-line)' },
});

/** What a text of this path is edited with. `label` names the field for those who listen. */
export function extensionsFor(path: string, label: string, { readOnly = false } = {}): Extension[] {
  return [
    lineNumbers(),
    ...(path.endsWith('.py') && !readOnly ? [lintGutter()] : []),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    autocompletion(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    search({ top: true }),
    colours,
    indentUnit.of('    '),
    EditorState.tabSize.of(4),
    EditorState.readOnly.of(readOnly),
    EditorView.editable.of(!readOnly),
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
    // Escape, then Tab, leaves the editor by keyboard.
    keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
    ...(path.endsWith('.py') ? [python(), marking] : []),
    look,
  ];
}
