import type { Progress, Step } from '../shared/api.ts'

/** Marks the steps that hold, in what the server has written: the count at the top and the list of steps. */
export function showProgress({ held }: Pick<Progress, 'held'>): void {
  for (const count of document.querySelectorAll('[data-tally]')) count.textContent = String(held.length)
  for (const step of document.querySelectorAll<HTMLElement>('[data-step]')) {
    const isHeld = held.includes(step.dataset['step'] as Step)
    step.classList.toggle('held', isHeld)
    const words = step.querySelector('[data-held-words]')
    if (words !== null) words.textContent = isHeld ? ', holds' : ''
  }
}
