import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Problem, Source } from '../../shared/api.ts'
import type { Editor } from './editor.ts'

export interface CodeFieldProps {
  /** What it begins with. From then on the text is the editor's: a later value would race with the learner's typing. */
  readonly source: Source
  readonly problems: readonly Problem[]
  readonly onChange: (text: string) => void
  /** Once the editor is there; undefined if it cannot be fetched. */
  readonly onReady: (editor: Editor | undefined) => void
}

/** The editor, fetched when it is needed. */
export function CodeField({ source, problems, onChange, onReady }: CodeFieldProps): JSX.Element {
  const parent = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<Editor>()
  const [beginning] = useState(source)

  useEffect(() => {
    const start = async (): Promise<void> => {
      const { createEditor } = await import('./editor.ts')
      if (parent.current === null) return
      parent.current.replaceChildren()
      const nonce = document.querySelector<HTMLMetaElement>('meta[name=style-nonce]')?.content ?? ''
      const made = createEditor({ parent: parent.current, source: beginning, nonce, onChange })
      setEditor(made)
      onReady(made)
    }
    start().catch(() => onReady(undefined))
  }, [])

  useEffect(() => editor?.mark(problems), [editor, problems])

  return (
    <div class="code-field" ref={parent}>
      <pre class="code">
        <code>{beginning.text}</code>
      </pre>
    </div>
  )
}
