import { findReply } from '../act/replyForm.ts'
import { askJson } from '../api/client.ts'
import type { ApplicationDetail, PlanVersion } from '../api/types.ts'
import { REPLIED } from '../kept/case.ts'
import { changeCase, findCase } from '../kept/cases.ts'
import { now } from '../kept/clock.ts'

/** Ask how a case stands: others may have decided, held or planned anew since. */
export async function refreshCase(id: string): Promise<void> {
  const item = findCase(id)
  if (!item?.applicationId) return
  const path = `/v1/applications/${item.applicationId}`
  const application = await askJson<ApplicationDetail>(path)
  const versions = await askJson<{ items: { version: number }[] }>(`${path}/plans?limit=200`)
  const last = versions.items.at(-1)?.version
  const isOld = last !== undefined && last !== item.plan?.version
  const plan = isOld ? await askJson<PlanVersion>(`${path}/plans/${last}`) : item.plan
  const reply = REPLIED.has(application.state) ? ((await findReply(`${path}/reply`)) ?? undefined) : undefined
  await changeCase(id, {
    application, plan, reply, hold: application.hold, phase: plan ? 'answered' : item.phase,
    ...(isOld ? { answeredAt: now().toISOString() } : {}),
  })
}
