import type { ApplicationDetail, Hold, PlanVersion, Reply } from '../api/types.ts'
import type { Problem } from '../api/client.ts'
import type { AskForm } from '../ask/form.ts'
import type { Preliminary } from '../pack/preliminary.ts'

/** States of an application in which nothing that was answered holds any more. */
export const ENDED: ReadonlySet<string> = new Set(['withdrawn', 'expired', 'superseded'])

/** States of an application of which there may be a reply form. */
export const REPLIED: ReadonlySet<string> = new Set(['replied', 'agreed', 'in_construction', 'energised', ...ENDED])

/** Whether the desk stands behind a reply: all but the first option of an answer on the spot. */
export function needsDesk(item: { application?: ApplicationDetail; plan?: PlanVersion; hold?: Hold | null }, rank: number): boolean {
  const isOnSite = item.plan?.plan.answer.mode === 'on_site'
  return !isOnSite || !!item.application?.is_shadow || (item.hold?.option_rank ?? rank) > 1
}

/** How far a case is: it waits to be sent, was answered, or was refused. */
export type Phase = 'waiting' | 'answered' | 'refused'

/** One customer's wish on this phone, and all that is known of it. */
export type Case = {
  id: string
  owner: string
  /** What the customer manager calls it; stays on the phone. */
  label: string
  form: AskForm | null
  phase: Phase
  askedAt: string
  applicationId?: string
  application?: ApplicationDetail
  plan?: PlanVersion
  answeredAt?: string
  preliminary?: Preliminary
  refusal?: { detail: string; problems: Problem[] }
  hold?: Hold | null
  /** Whether the desk stands for what is held. */
  isConfirmed?: boolean
  reply?: Reply
}
