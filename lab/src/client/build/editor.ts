import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { javascriptLanguage } from '@codemirror/lang-javascript'
import { pythonLanguage } from '@codemirror/lang-python'
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from '@codemirror/language'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { Language, Problem, Source } from '../../shared/api.ts'

export interface EditorOptions {
  readonly parent: HTMLElement
  readonly source: Source
  /** Lets the editor's styles past the page's Content-Security-Policy. */
  readonly nonce: string
  readonly onChange: (text: string) => void
}

/** The editor, as far as the page needs to know it. */
export interface Editor {
  replace(source: Source): void
  /** Marks these and no others. */
  mark(problems: readonly Problem[]): void
  /** Moves the caret there, and the focus with it. */
  goTo(offset: number): void
}

/** Tab is left alone: it goes on to the next control, as everywhere else on the page. */
export function createEditor({ parent, source, nonce, onChange }: EditorOptions): Editor {
  const language = new Compartment()
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: source.text,
      extensions: [
        EditorView.cspNonce.of(nonce),
        language.of(languageOf(source.language)),
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        lintGutter(),
        EditorView.lineWrapping,
        LOOK,
        syntaxHighlighting(COLOURS),
        keymap.of([...defaultKeymap, ...historyKeymap]),
        OVERTYPING,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString())
        }),
      ],
    }),
  })

  return {
    replace({ language: next, text }) {
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        effects: language.reconfigure(languageOf(next)),
      })
    },
    mark(problems) {
      const within = (offset: number): number => Math.min(offset, view.state.doc.length)
      const diagnostics = problems.map(({ from, to, message }) => ({
        from: within(from),
        to: within(to),
        severity: 'error' as const,
        message,
      }))
      view.dispatch(setDiagnostics(view.state, diagnostics))
    },
    goTo(offset) {
      view.dispatch({ selection: { anchor: Math.min(offset, view.state.doc.length) }, scrollIntoView: true })
      view.focus()
    },
  }
}

/**
 * Text typed over a selection is put there by the editor. Left to themselves, browsers keep the look of what they replace
 * with inline styles, which the page does not allow.
 */
const OVERTYPING = EditorView.domEventHandlers({
  beforeinput({ inputType, data, isComposing }, view) {
    if (inputType !== 'insertText' || data === null || isComposing || view.state.selection.main.empty) return false
    view.dispatch(view.state.replaceSelection(data), { userEvent: 'input.type', scrollIntoView: true })
    return true
  },
})

function languageOf(language: Language): Extension {
  const isPython = language === 'python'
  return [
    isPython ? pythonLanguage : TYPESCRIPT,
    EditorView.contentAttributes.of({
      'aria-label': isPython ? 'settings.py' : 'settings.ts',
      'aria-describedby': 'editor-keys',
      spellcheck: 'false',
      autocapitalize: 'off',
      autocorrect: 'off',
    }),
  ]
}

const TYPESCRIPT = javascriptLanguage.configure({ dialect: 'ts' }, 'typescript')

/** The colours are those of the site, and change with it between light and dark: see lab.css. */
const LOOK = EditorView.theme({
  '&': { backgroundColor: 'var(--card)', color: 'var(--ink)', fontSize: '0.9rem' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.7' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '0.75rem 0', minHeight: '11rem' },
  '.cm-gutters': { backgroundColor: 'var(--card)', color: 'var(--soft)', border: 'none' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'var(--code-select)',
  },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: 'var(--code-select)' },
  '.cm-tooltip': { backgroundColor: 'var(--card)', color: 'var(--ink)', border: '1px solid var(--edge)' },
  // The editor's own pictures are `data:` addresses, which the page does not allow.
  '.cm-lint-marker-error': { content: 'normal', color: 'var(--accent)', fontWeight: '700', textAlign: 'center' },
  '.cm-lint-marker-error::before': { content: '"✗"' },
  '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--accent)' },
  '.cm-diagnostic': { maxWidth: '28rem', fontFamily: 'inherit' },
})

const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--soft)', fontStyle: 'italic' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--code-value)' },
  { tag: [tags.keyword, tags.moduleKeyword, tags.definitionKeyword], color: 'var(--code-word)' },
])
