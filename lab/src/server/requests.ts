import {
  ATTACKS,
  STEPS,
  type AnswerRequest,
  type AttackRequest,
  type CheckRequest,
  type Source,
} from '../shared/api.ts'
import { LONGEST_TEXT } from '../settings/read.ts'
import { Refused } from './refused.ts'

// What comes over the wire is looked at field by field. The pages send nothing else, so the words are for developers.

export function readSource(body: unknown): Source {
  const language = oneOf(body, 'language', ['python', 'typescript'])
  const text = field(body, 'text')
  if (typeof text !== 'string' || !text.isWellFormed()) throw new Refused(400, 'text must be a string')
  if (text.length > LONGEST_TEXT) {
    throw new Refused(413, `The settings may have ${LONGEST_TEXT} characters at most. These have ${text.length}.`)
  }
  return { language, text }
}

export function readCheck(body: unknown): CheckRequest {
  return { ...readSource(body), step: oneOf(body, 'step', STEPS) }
}

export function readAttack(body: unknown): AttackRequest {
  return { attack: oneOf(body, 'attack', ATTACKS), defence: oneOf(body, 'defence', ['off', 'on']) }
}

export function readAnswer(body: unknown): AnswerRequest {
  const [question, choice] = [field(body, 'question'), field(body, 'choice')]
  if (typeof question !== 'string') throw new Refused(400, 'question must be a string')
  if (typeof choice !== 'number' || !Number.isInteger(choice)) throw new Refused(400, 'choice must be a whole number')
  return { question, choice }
}

function oneOf<Choice extends string>(body: unknown, name: string, choices: readonly Choice[]): Choice {
  const value = field(body, name)
  const chosen = choices.find((choice) => choice === value)
  if (chosen === undefined) throw new Refused(400, `${name} must be one of ${choices.join(', ')}`)
  return chosen
}

function field(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined
  return Reflect.get(body, name)
}
