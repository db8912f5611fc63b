import type { JSX } from 'preact'
import { useState } from 'preact/hooks'

export interface CopyProps {
  /** The id of the element whose text is copied. */
  readonly of: string
  readonly file: string
}

export function Copy({ of, file }: CopyProps): JSX.Element {
  const [says, setSays] = useState('')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(document.getElementById(of)?.textContent ?? '')
      setSays('Copied')
    } catch {
      setSays('Your browser does not allow it. Please select the text.')
    }
  }
  return (
    <>
      <button class="button small quiet" type="button" onClick={() => void copy()}>
        Copy<span class="unseen"> {file}</span>
      </button>{' '}
      <span role="status">{says}</span>
    </>
  )
}
