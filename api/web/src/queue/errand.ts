import type { Problem } from '../api/client.ts'

export type ErrandKind = 'application' | 'confirmation' | 'photo' | 'correction'
/** It waits for the signal, is being sent, has arrived once, or was refused. */
export type ErrandState = 'waiting' | 'sending' | 'sent' | 'refused'

/** Something to be sent once, as soon as it can be. */
export type Errand = {
  /** Also the idempotency key: however often it is sent, it happens once. */
  id: string
  owner: string
  caseId: string | null
  kind: ErrandKind
  state: ErrandState
  /** Whether it has left the phone once: then nobody knows whether it arrived, until it is answered. */
  wasTried?: boolean
  /** Whether the server failed at it when it was last sent, though it could be reached. */
  isFailing?: boolean
  askedAt: string
  sentAt?: string
  /** What is sent, as its kind has it. */
  body: Record<string, unknown>
  picture?: Blob
  refusal?: { detail: string; problems: Problem[] }
}

/** Whether an errand is still to be sent, or under way. */
export function isOpen(errand: Errand): boolean {
  return errand.state === 'waiting' || errand.state === 'sending'
}
