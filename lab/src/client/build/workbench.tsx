import type { JSX } from 'preact'
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { CheckReport, Language, Source, Step } from '../../shared/api.ts'
import { ask, wordsFor } from '../api.ts'
import { showProgress } from '../tally.ts'
import { CodeField } from './code-field.tsx'
import { keepDraft, readDraft } from './draft.ts'
import type { Editor } from './editor.ts'
import { ProblemList } from './problem-list.tsx'
import { Report } from './report.tsx'
import { useProblems } from './use-problems.ts'

export interface WorkbenchProps {
  readonly step: Step
  readonly source: Source
}

type Work =
  | { readonly state: 'idle' }
  | { readonly state: 'checking' }
  | { readonly state: 'done'; readonly report: CheckReport }
  | { readonly state: 'failed'; readonly says: string }

/** The editor, the button that starts an application with what is in it, and the report. */
export function Workbench({ step, source: given }: WorkbenchProps): JSX.Element {
  const [source, setSource] = useState(() => readDraft() ?? given)
  const [work, setWork] = useState<Work>({ state: 'idle' })
  const [notice, setNotice] = useState('')
  const problems = useProblems(source)
  const editor = useRef<Editor | undefined>(undefined)
  // Before anything is painted: whoever sees it and leaves the page finds it again.
  useLayoutEffect(() => keepDraft(source), [source])

  const onChange = useCallback((text: string) => setSource((before) => ({ ...before, text })), [])
  const onReady = useCallback((ready: Editor | undefined) => {
    editor.current = ready
    if (ready === undefined) setNotice('The editor could not be loaded. Please load the page again.')
  }, [])

  const carryOver = async (language: Language): Promise<void> => {
    if (language === source.language) return
    setNotice('')
    try {
      const { texts, losesComments } = await ask('read', source)
      if (texts === undefined) return setNotice('Mend what is marked first. Then the settings can be carried over.')
      const next = { language, text: texts[language] }
      editor.current?.replace(next)
      setSource(next)
      setNotice(`Carried over to ${FILES[language]}.${losesComments ? ' Comments stayed behind.' : ''}`)
    } catch (error) {
      setNotice(wordsFor(error))
    }
  }

  const check = async (): Promise<void> => {
    setWork({ state: 'checking' })
    setNotice('')
    try {
      const report = await ask('check', { ...source, step })
      showProgress(report.progress)
      setWork({ state: 'done', report })
    } catch (error) {
      setWork({ state: 'failed', says: wordsFor(error) })
    }
  }

  return (
    <div class="workbench">
      <fieldset class="choice">
        <legend class="unseen">Language</legend>
        {LANGUAGES.map((language) => (
          <label>
            <input
              type="radio"
              name="language"
              checked={source.language === language}
              onChange={() => void carryOver(language)}
            />
            <span>{FILES[language]}</span>
          </label>
        ))}
      </fieldset>
      <CodeField source={source} problems={problems} onChange={onChange} onReady={onReady} />
      <p class="quiet small-print" id="editor-keys">
        The file is read, never run. Tab leaves the editor.
      </p>
      <ProblemList problems={problems} onChoose={({ from }) => editor.current?.goTo(from)} />
      <p class="actions">
        <button class="button" type="button" disabled={work.state === 'checking'} onClick={() => void check()}>
          Check
        </button>
        <span role="status">{work.state === 'checking' ? CHECKING : notice}</span>
      </p>
      {work.state === 'failed' && (
        <p class="alert" role="alert">
          {work.says}
        </p>
      )}
      {work.state === 'done' && <Report report={work.report} />}
    </div>
  )
}

const LANGUAGES = ['python', 'typescript'] as const

const FILES: Readonly<Record<Language, string>> = { python: 'settings.py', typescript: 'settings.ts' }

const CHECKING = 'An application is starting with your settings, and is being attacked …'
