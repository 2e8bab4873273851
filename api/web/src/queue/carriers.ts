import { ask, askJson, Refusal } from '../api/client.ts'
import type { Application, ApplicationDetail, PlanVersion } from '../api/types.ts'
import { changeCase, findCase } from '../kept/cases.ts'
import { now } from '../kept/clock.ts'
import type { Errand, ErrandKind } from './errand.ts'

/** How an errand of each kind is sent: every request with a key, so that each happens once. */
export const carriers: Record<ErrandKind, (errand: Errand) => Promise<void>> = {
  application: carryApplication,
  confirmation: carryConfirmation,
  photo: carryPhoto,
  correction: async (errand) => {
    await askJson('/v1/map-corrections', { body: errand.body, key: errand.id })
  },
}

async function carryApplication(errand: Errand): Promise<void> {
  const id = errand.caseId!
  try {
    const accepted = await askJson<Application>('/v1/applications', { body: errand.body, key: errand.id })
    await changeCase(id, { applicationId: accepted.application_id })
    await planAnew(id, `${errand.id}:plan`)
  } catch (error) {
    if (error instanceof Refusal && error.status !== 401)
      await changeCase(id, {
        phase: 'refused',
        refusal: { detail: error.message, problems: error.problems },
      })
    throw error
  }
}

async function carryConfirmation(errand: Errand): Promise<void> {
  const id = errand.caseId!
  const { applicationId } = findCase(id)!
  await askJson(`/v1/applications/${applicationId}/confirmations`, { body: errand.body, key: errand.id })
  await planAnew(id, `${errand.id}:plan`)
}

async function carryPhoto(errand: Errand): Promise<void> {
  try {
    await sendPhoto(errand, errand.body, errand.id)
  } catch (error) {
    // the phone's clock was wrong when it was taken: better a photo without its time than none
    if (!(error instanceof Refusal && error.problems.some((problem) => problem.field === 'taken_at'))) throw error
    await sendPhoto(errand, { ...errand.body, taken_at: undefined }, `${errand.id}:untimed`)
  }
}

async function sendPhoto(errand: Errand, facts: Record<string, unknown>, key: string): Promise<void> {
  const { applicationId } = findCase(errand.caseId!)!
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(facts)) if (value != null) query.set(name, String(value))
  await ask(`/v1/applications/${applicationId}/photos?${query}`, { body: errand.picture, key })
}

/** Have the next version of a case's plan made, and keep it with how the application stands. */
export async function planAnew(caseId: string, key: string): Promise<void> {
  const { applicationId } = findCase(caseId)!
  const plan = await askJson<PlanVersion>(`/v1/applications/${applicationId}/plans`, { method: 'POST', key })
  const application = await askJson<ApplicationDetail>(`/v1/applications/${applicationId}`)
  await changeCase(caseId, {
    phase: 'answered',
    plan,
    application,
    hold: application.hold,
    answeredAt: now().toISOString(),
    refusal: undefined,
  })
}
