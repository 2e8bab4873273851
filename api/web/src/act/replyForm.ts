import { ref, watch, type Ref } from 'vue'
import { ask, askJson, Refusal } from '../api/client.ts'
import type { Reply } from '../api/types.ts'
import { now } from '../kept/clock.ts'
import { dayOf } from '../parts/moment.ts'

/** What is printed of the customer. */
export const FIELDS = [
  { name: 'customer', isNeeded: true },
  { name: 'address', isNeeded: true },
  { name: 'contact', isNeeded: false },
  { name: 'phone', isNeeded: false },
  { name: 'application_no', isNeeded: false },
  { name: 'account_no', isNeeded: false },
] as const
export const MOST_CHARACTERS = 200

export type Details = Record<string, string>
type Signed = { role: 'customer' | 'company'; name: string; image: string; signed_at: string }

const typedIn = (caseId: string): string => `reply-${caseId}`

/** Take what was typed into any form off this tab. */
export function forgetReplies(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(typedIn(''))) sessionStorage.removeItem(key)
}

/** The details as they are typed; they outlive a reload, and go with the tab or the form. */
export function detailsOf(caseId: string): { details: Ref<Details>; forget: () => void } {
  const key = typedIn(caseId)
  const empty = Object.fromEntries(FIELDS.map(({ name }) => [name, '']))
  const details = ref<Details>({ ...empty, ...JSON.parse(sessionStorage.getItem(key) ?? '{}') })
  watch(details, (typed) => sessionStorage.setItem(key, JSON.stringify(typed)), { deep: true })
  return { details, forget: () => sessionStorage.removeItem(key) }
}

/** The details as they are printed: without the blanks a thumb leaves. */
export function printed(details: Details): Details {
  return Object.fromEntries(Object.entries(details).map(([name, text]) => [name, text.trim()]))
}

/** Pages of the form as it would be, each a picture, and what tells this form from another. */
export async function previewOf(base: string, details: Details): Promise<{ pages: Blob[]; hash: string }> {
  const page = (number: number): Promise<Response> => ask(`${base}/preview?format=png&page=${number}`, { body: { details } })
  const first = await page(1)
  const count = Number(first.headers.get('X-Page-Count') ?? 1)
  const others = await Promise.all(Array.from({ length: count - 1 }, (_, at) => page(at + 2)))
  return {
    pages: await Promise.all([first, ...others].map((answer) => answer.blob())),
    hash: first.headers.get('X-Form-Hash') ?? '',
  }
}

let last = { text: '', key: '' }
/** Have the form made of what was shown; the same once more is the same form. */
export async function makeReply(base: string, details: Details, signatures: Signed[], hash: string): Promise<Reply> {
  const body = { signed_on: dayOf(now()), details, signatures, previewed: hash }
  const text = base + JSON.stringify(body)
  if (text !== last.text) last = { text, key: crypto.randomUUID() }
  return askJson<Reply>(base, { body, key: last.key })
}

/** The form that was made; null if there is none. */
export async function findReply(base: string): Promise<Reply | null> {
  try {
    return await askJson<Reply>(base)
  } catch (error) {
    if (error instanceof Refusal && error.status === 404) return null
    throw error
  }
}
