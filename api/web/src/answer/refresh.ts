import type { components } from '../../described.ts'
import { findReply } from '../act/replyForm.ts'
import { askJson, Refusal } from '../api/client.ts'
import type { ApplicationDetail, PlanVersion } from '../api/types.ts'
import { needsDesk, REPLIED } from '../kept/case.ts'
import { changeCase, findCase } from '../kept/cases.ts'
import { now } from '../kept/clock.ts'

type Decisions = components['schemas']['DecisionList']
// an answer to one doubt; the word for the option comes beside it
const OVERRIDE = 'override'

const turns = new Map<string, number>()

/** Note that a case changes: what was asked about it before is older than what is known then. */
export function outdate(id: string): number {
  const turn = (turns.get(id) ?? 0) + 1
  turns.set(id, turn)
  return turn
}

/** Ask how a case stands: others may have decided, held or planned anew since. */
export async function refreshCase(id: string): Promise<void> {
  const item = findCase(id)
  if (!item?.applicationId) return
  const turn = outdate(id)
  const path = `/v1/applications/${item.applicationId}`
  const application = await askJson<ApplicationDetail>(path)
  const { hold } = application
  const versions = await askJson<{ items: { version: number }[] }>(`${path}/plans?limit=200`)
  // what is held is what is answered, whatever was planned since
  const wanted = hold?.plan_version ?? versions.items.at(-1)?.version
  const isOther = wanted !== undefined && wanted !== item.plan?.version
  const plan = isOther ? await askJson<PlanVersion>(`${path}/plans/${wanted}`) : item.plan
  const reply = REPLIED.has(application.state) ? ((await findReply(`${path}/reply`)) ?? undefined) : undefined
  const isAsked = hold && application.state === 'held' && needsDesk({ application, plan, hold }, hold.option_rank)
  const isConfirmed = isAsked ? await isDecided(path, hold.plan_version, hold.option_rank) : false
  if (turns.get(id) !== turn) return // something newer is known
  await changeCase(id, {
    application, plan, reply, hold, isConfirmed, phase: plan ? 'answered' : item.phase,
    ...(isOther ? { answeredAt: now().toISOString() } : {}),
  })
}

/** Whether the desk stands for an option, as far as whoever asks may know. */
async function isDecided(path: string, version: number, rank: number): Promise<boolean> {
  try {
    const { items } = await askJson<Decisions>(`${path}/decisions`)
    return items.some((item) => item.plan_version === version && item.option_rank === rank && item.kind !== OVERRIDE)
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}

/** Have the next version of a case's plan made, and keep it with how the application stands. */
export async function planAnew(caseId: string, key: string): Promise<void> {
  const { applicationId, owner: whose } = findCase(caseId)!
  const path = `/v1/applications/${applicationId}`
  outdate(caseId)
  const made = await askJson<PlanVersion>(`${path}/plans`, { method: 'POST', key, whose })
  const application = await askJson<ApplicationDetail>(path, { whose })
  const { hold } = application
  const plan = hold && hold.plan_version !== made.version ? await askJson<PlanVersion>(`${path}/plans/${hold.plan_version}`, { whose }) : made
  outdate(caseId)
  await changeCase(caseId, {
    phase: 'answered', plan, application, hold, answeredAt: now().toISOString(), refusal: undefined,
  })
}
