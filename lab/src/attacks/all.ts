import type { Attack, Step } from '../shared/api.ts'
import { age } from './age.ts'
import { engine } from './engine.ts'
import { fixation } from './fixation.ts'
import type { LabAttack, LabStep } from './outcome.ts'
import { replay } from './replay.ts'
import { reuse } from './reuse.ts'
import { secure, sniffing } from './sniffing.ts'
import { httponly, xss } from './xss.ts'

export const LAB_STEPS: Readonly<Record<Step, LabStep>> = { age, secure, engine, httponly }

export const LAB_ATTACKS: Readonly<Record<Attack, LabAttack>> = { fixation, sniffing, xss, replay, reuse }
