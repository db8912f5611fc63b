import type { JSX } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Problem, Source } from '../../shared/api.ts'
import type { Editor } from './editor.ts'

export interface CodeFieldProps {
  readonly source: Source
  readonly problems: readonly Problem[]
  readonly onChange: (text: string) => void
  /** Once the editor is there; undefined if it cannot be fetched. */
  readonly onReady: (editor: Editor | undefined) => void
}

/** The editor, fetched when it is needed. What `source` says counts, whoever changed it last. */
export function CodeField({ source, problems, onChange, onReady }: CodeFieldProps): JSX.Element {
  const parent = useRef<HTMLDivElement>(null)
  const editor = useRef<Editor | undefined>(undefined)
  const latest = useRef({ source, onChange })
  const shown = useRef(source)
  latest.current = { source, onChange }

  useEffect(() => {
    let gone = false
    const start = async (): Promise<void> => {
      const { createEditor } = await import('./editor.ts')
      if (gone || parent.current === null) return
      shown.current = latest.current.source
      parent.current.replaceChildren()
      editor.current = createEditor({
        parent: parent.current,
        source: shown.current,
        nonce: document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content ?? '',
        onChange(text) {
          shown.current = { ...shown.current, text }
          latest.current.onChange(text)
        },
      })
      onReady(editor.current)
    }
    start().catch(() => onReady(undefined))
    return () => {
      gone = true
      editor.current?.destroy()
    }
  }, [])

  useEffect(() => {
    const { language, text } = shown.current
    if (editor.current === undefined || (source.language === language && source.text === text)) return
    shown.current = source
    editor.current.replace(source)
  }, [source])

  useEffect(() => editor.current?.mark(problems), [problems])

  return (
    <div class="code-field" ref={parent}>
      <pre class="code">
        <code>{source.text}</code>
      </pre>
    </div>
  )
}
