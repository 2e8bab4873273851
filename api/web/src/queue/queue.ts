import { computed, reactive } from 'vue'
import { Failed, Refusal, UNKNOWN, Unreached } from '../api/client.ts'
import { owner, session } from '../account/session.ts'
import { cases, changeCase, dropCase, findCase } from '../kept/cases.ts'
import { now } from '../kept/clock.ts'
import type { Case } from '../kept/case.ts'
import { changeIfKept, database, keep, keepTogether } from '../kept/database.ts'
import { tellFault } from '../kept/fault.ts'
import { isOpen, type Errand } from './errand.ts'
import { carriers } from './carriers.ts'

/** All errands of who is logged in, newest first. */
export const queue = reactive<{ items: Errand[]; isSending: boolean }>({ items: [], isSending: false })
export const waitingCount = computed(() => queue.items.filter((item) => item.state !== 'sent').length)

// What was sent is listed for a while, so that it can be looked up that it was.
const MOST_SENT = 200

export async function loadQueue(): Promise<void> {
  const name = owner.value
  const found = await (await database()).getAllFromIndex('errands', 'owner', name)
  found.sort((a, b) => b.askedAt.localeCompare(a.askedAt))
  const old = found.filter((item) => item.state === 'sent').slice(MOST_SENT)
  for (const item of old) await (await database()).delete('errands', item.id)
  if (name === owner.value) queue.items = found.filter((item) => !old.includes(item))
}

export type Asked = Omit<Errand, 'owner' | 'state' | 'askedAt'>

/** Keep an errand and try to send it now. Throws `NoRoom` where it cannot even be kept. */
export async function add(asked: Asked): Promise<Errand> {
  const added = made(asked)
  await keep('errands', added)
  queue.items.unshift(added)
  others?.postMessage(added.id)
  await flush()
  return queue.items.find((item) => item.id === added.id) ?? added
}

/**
 * Keep a new case with the errand that carries it, both or neither, and let it be sent. What waits
 * of a refused wish that it takes the place of goes with the new one.
 */
export async function addWithCase(item: Case, asked: Asked, follows: string | null = null): Promise<void> {
  const added = made(asked)
  const gone = await keepTogether(item, added, follows)
  cases.items = [item, ...cases.items.filter((other) => other.id !== gone)]
  if (gone) await loadQueue()
  else queue.items.unshift(added)
  others?.postMessage(added.id)
  void flush()
}

function made(asked: Asked): Errand {
  return { ...asked, owner: owner.value, state: 'waiting', askedAt: now().toISOString() }
}

/** Send everything that waits, in the order it was asked; two tabs never send at a time. */
export async function flush(): Promise<void> {
  if (!owner.value || session.isEnded || !navigator.onLine) return
  const mine = owner.value
  await navigator.locks.request(`queue-${mine}`, async () => {
    await loadQueue()
    queue.isSending = true
    try {
      const failing = new Set<string>()
      for (const { id } of [...queue.items].reverse()) {
        // nothing is sent in the name of another, nor what was taken back meanwhile
        const errand = owner.value === mine ? queue.items.find((item) => item.id === id) : undefined
        if (!errand || !isOpen(errand)) continue
        // what is of one case arrives in the order it was asked, or not at all
        if (errand.caseId && failing.has(errand.caseId)) continue
        if (!(await send(errand))) break
        if (errand.isFailing && errand.caseId) failing.add(errand.caseId)
      }
    } finally {
      queue.isSending = false
    }
  })
}

/** Send one; false where the others have to wait as well. */
async function send(errand: Errand): Promise<boolean> {
  // its application is not there yet, or was refused: nothing that builds on it can be sent
  if (errand.caseId && errand.kind !== 'application' && !findCase(errand.caseId)?.applicationId) return true
  await set(errand, { state: 'sending', wasTried: true })
  try {
    await carriers[errand.kind](errand)
    await set(errand, { state: 'sent', sentAt: now().toISOString(), picture: undefined, isFailing: false })
    return true
  } catch (error) {
    if (error instanceof Refusal && error.status !== UNKNOWN) {
      const refusal = { detail: error.message, problems: error.problems }
      await set(errand, { state: 'refused', refusal, isFailing: false })
      return true
    }
    const isUnexpected = !(error instanceof Unreached || error instanceof Refusal)
    const isFailing = error instanceof Failed || isUnexpected
    await set(errand, { state: 'waiting', isFailing })
    // what nobody expected is told, unless it is of somebody who has logged out meanwhile
    if (isUnexpected && errand.owner === owner.value) tellFault(error)
    return isFailing // one that something fails at does not keep the others
  }
}

/** Take back one that was refused, or has not been sent; an application with all that is of it. */
export async function drop(errand: Errand): Promise<void> {
  if (errand.kind === 'application' && !findCase(errand.caseId!)?.applicationId) return dropWish(errand.caseId!)
  await (await database()).delete('errands', errand.id)
  await loadQueue()
}

/** Take back a whole wish that the server does not have, with everything that was to follow it. */
export async function dropWish(caseId: string): Promise<void> {
  const kept = await database()
  for (const item of queue.items) if (item.caseId === caseId) await kept.delete('errands', item.id)
  await dropCase(caseId)
  await loadQueue()
}

/** Try one that was refused once more. */
export async function retry(errand: Errand): Promise<void> {
  const { caseId, kind } = errand
  if (kind === 'application' && caseId) await changeCase(caseId, { phase: 'waiting', refusal: undefined })
  await set(errand, { state: 'waiting', refusal: undefined })
  await flush()
}

/**
 * Take what is kept of somebody off the phone: cases, errands, packs. Of others who were here
 * before, what they have not sent yet stays.
 */
export async function forgetKept(name: string): Promise<void> {
  const kept = await database()
  const errands = await kept.getAll('errands')
  const open = errands.filter((item) => item.owner !== name && item.state !== 'sent')
  const stays = new Set(open.flatMap((item) => [item.id, item.caseId]))
  for (const store of ['cases', 'errands', 'packs'] as const)
    for (const item of await kept.getAll(store)) if (!stays.has(item.id)) await kept.delete(store, item.id)
}

/** Change what is known of an errand, here and where it is kept, if it still is. */
async function set(errand: Errand, change: Partial<Errand>): Promise<void> {
  Object.assign(errand, change)
  // the list may have been read again meanwhile
  const listed = queue.items.find((item) => item.id === errand.id)
  if (listed) Object.assign(listed, change)
  // one that was sent and could not be marked is sent again with its key: it happens once
  await changeIfKept('errands', errand)
  others?.postMessage(errand.id)
}

// Another tab shows the same errands.
const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel('errands') : undefined
others?.addEventListener('message', () => void loadQueue())

const AGAIN_MS = 20_000

/** Send whenever there may be a signal again. */
export function keepSending(): void {
  const look = (): void => void flush()
  addEventListener('online', look)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())
  setInterval(() => queue.items.some((item) => item.state === 'waiting') && look(), AGAIN_MS)
  look()
}
