import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { define } from '../elements/base.ts';
import { languageOf } from './languages.ts';
import { shown } from './paths.ts';

const COLOURS = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: 'var(--cv-hl-key)' }, { tag: [tags.string, tags.regexp, tags.special(tags.string)], color: 'var(--cv-hl-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--cv-hl-number)' }, { tag: [tags.function(tags.variableName), tags.typeName, tags.className, tags.tagName, tags.propertyName, tags.heading], color: 'var(--cv-hl-name)' },
  { tag: [tags.comment, tags.meta], color: 'var(--cv-hl-comment)' }, { tag: tags.heading, fontWeight: '600' }, { tag: tags.link, textDecoration: 'underline' },
]);
const LOOK = EditorView.theme({
  '&': { height: '100%', fontSize: '13px', color: 'var(--cv-text)', backgroundColor: 'var(--cv-surface)' }, '.cm-scroller': { fontFamily: 'var(--cv-mono)', lineHeight: '1.5', fontVariantLigatures: 'none' },
  '.cm-gutters': { backgroundColor: 'var(--cv-surface)', color: 'var(--cv-dim)', border: 'none' }, '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--cv-accent) 7%, transparent)' },
  '.cm-cursor': { borderLeftColor: 'var(--cv-text)' }, '&.cm-focused': { outline: 'none' }, '.cm-content[contenteditable=false]:focus-visible': { outline: '2px solid var(--cv-accent)', outlineOffset: '-2px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': { backgroundColor: 'var(--cv-accent-soft)' },
  '.cm-panels': { backgroundColor: 'var(--cv-raised)', color: 'var(--cv-text)' },
});

/** A text that is changed. Events: `typed` with the whole text at every stroke, `save` for Ctrl+S. Line ends stay as they are. */
export class CvEditor extends HTMLElement {
  private view: EditorView | null = null;
  private given = '';
  private writes = true;
  private readonly mode = new Compartment();
  private readonly language = new Compartment();
  path = '';
  line = 0;

  /** Another text than what stands here: the part that differs is replaced, so that the place and the way back stay. */
  set text(text: string) {
    if (text === this.given) return;
    const old = this.given;
    this.given = text;
    if (!this.view) return;
    if (ends(old) !== ends(text)) {
      this.view.destroy();
      this.view = null;
      this.open();
      return;
    }
    const { doc } = this.view.state;
    const now = this.view.state.toText(text);
    const a = doc.toString();
    const b = now.toString();
    let head = 0;
    while (head < a.length && head < b.length && a[head] === b[head]) head++;
    let tail = 0;
    while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
    this.view.dispatch({ changes: { from: head, to: a.length - tail, insert: now.slice(head, b.length - tail) } });
  }

  set editable(editable: boolean) {
    if (editable === this.writes) return;
    this.writes = editable;
    this.view?.dispatch({ effects: this.mode.reconfigure(this.may()) });
    if (editable) this.view?.focus();
  }

  connectedCallback(): void {
    // Its properties are set before and after this, in the same step.
    queueMicrotask(() => { if (this.isConnected && !this.view) this.open(); });
  }

  disconnectedCallback(): void {
    this.view?.destroy();
    this.view = null;
  }

  private may() {
    return [EditorState.readOnly.of(!this.writes), EditorView.editable.of(this.writes), this.writes ? [] : EditorView.contentAttributes.of({ tabindex: '0', 'aria-readonly': 'true' })];
  }

  private open(): void {
    const view = (this.view = new EditorView({
      parent: this,
      state: EditorState.create({
        doc: this.given,
        extensions: [
          EditorState.lineSeparator.of(ends(this.given)), lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), highlightActiveLine(), highlightSelectionMatches(),
          // Escape, then Tab leaves the text; by itself Tab indents.
          keymap.of([{ key: 'Mod-s', run: () => this.dispatchEvent(new CustomEvent('save')) || true }, ...defaultKeymap, ...historyKeymap, ...searchKeymap, indentWithTab]),
          syntaxHighlighting(COLOURS), LOOK, EditorView.lineWrapping, this.mode.of(this.may()),
          EditorView.contentAttributes.of({ 'aria-label': `Text of ${shown(this.path)}`, autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false' }),
          this.language.of([]),
          EditorView.updateListener.of((update) => {
            if (!update.docChanged) return;
            const text = update.state.sliceDoc();
            if (text === this.given) return;
            this.given = text;
            this.dispatchEvent(new CustomEvent('typed', { detail: text }));
          }),
        ],
      }),
    }));
    // Colours come when they are there; until then, and without a connection, the text is plain.
    languageOf(this.path)?.().then((language) => { if (this.view === view) view.dispatch({ effects: this.language.reconfigure(language) }); }, () => undefined);
    if (this.line > 0 && this.line <= view.state.doc.lines) {
      const at = view.state.doc.line(this.line).from;
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
    }
  }
}
define('cv-editor', CvEditor);

/** Where both kinds of line ends are mixed, a carriage return is a letter like others, so that nothing changes unseen. */
const ends = (text: string): string => (/\r\n/.test(text) && !/(^|[^\r])\n/.test(text) ? '\r\n' : '\n');
