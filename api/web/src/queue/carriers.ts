import { ask, askJson, Refusal, UNKNOWN } from '../api/client.ts'
import { planAnew } from '../answer/refresh.ts'
import type { Application } from '../api/types.ts'
import { changeCase, findCase } from '../kept/cases.ts'
import type { Errand, ErrandKind } from './errand.ts'

/** How an errand of each kind is sent: every request with a key, so that each happens once. */
export const carriers: Record<ErrandKind, (errand: Errand) => Promise<void>> = {
  application: carryApplication,
  confirmation: carryConfirmation,
  photo: carryPhoto,
  correction: async (errand) => {
    await askJson('/v1/map-corrections', { body: errand.body, key: errand.id, whose: errand.owner })
  },
}

async function carryApplication(errand: Errand): Promise<void> {
  const id = errand.caseId!
  try {
    const { application_id: applicationId } = await accept(errand)
    await changeCase(id, { applicationId })
    await planAnew(id, `${errand.id}:plan`)
  } catch (error) {
    if (error instanceof Refusal && error.status !== UNKNOWN) {
      const refusal = { detail: error.message, problems: error.problems }
      // what was accepted stays accepted: only its plan is still to come
      await changeCase(id, findCase(id)?.applicationId ? { refusal } : { phase: 'refused', refusal })
    }
    throw error
  }
}

async function accept(errand: Errand): Promise<Application> {
  try {
    return await askJson<Application>('/v1/applications', { body: errand.body, key: errand.id, whose: errand.owner })
  } catch (error) {
    // the phone's clock was wrong on the day it was asked: then it counts from today
    if (!isAbout(error, 'completed_on')) throw error
    const body = { ...errand.body, completed_on: undefined }
    return askJson<Application>('/v1/applications', { body, key: `${errand.id}:today`, whose: errand.owner })
  }
}

async function carryConfirmation(errand: Errand): Promise<void> {
  const id = errand.caseId!
  const { applicationId } = findCase(id)!
  await askJson(`/v1/applications/${applicationId}/confirmations`, { body: errand.body, key: errand.id, whose: errand.owner })
  await planAnew(id, `${errand.id}:plan`)
}

async function carryPhoto(errand: Errand): Promise<void> {
  try {
    await sendPhoto(errand, errand.body, errand.id)
  } catch (error) {
    // the phone's clock was wrong when it was taken: better a photo without its time than none
    if (!isAbout(error, 'taken_at')) throw error
    await sendPhoto(errand, { ...errand.body, taken_at: undefined }, `${errand.id}:untimed`)
  }
}

async function sendPhoto(errand: Errand, facts: Record<string, unknown>, key: string): Promise<void> {
  const { applicationId } = findCase(errand.caseId!)!
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(facts)) if (value != null) query.set(name, String(value))
  await ask(`/v1/applications/${applicationId}/photos?${query}`, { body: errand.picture, key, whose: errand.owner })
}

function isAbout(error: unknown, field: string): boolean {
  return error instanceof Refusal && error.problems.some((problem) => problem.field === field)
}
