import { reactive } from 'vue'
import { owner } from '../account/session.ts'
import { changeIfKept, database, keepIfRoom } from './database.ts'
import type { Case } from './case.ts'

/** The cases of who is logged in, newest first. */
export const cases = reactive<{ items: Case[] }>({ items: [] })

// An answer in full is a quarter of a megabyte; older ones are with the service.
const MOST_KEPT = 80

export async function loadCases(name: string): Promise<void> {
  const found = await (await database()).getAllFromIndex('cases', 'owner', name)
  found.sort((a, b) => b.askedAt.localeCompare(a.askedAt))
  const kept = await database()
  const errands = await kept.getAllFromIndex('errands', 'owner', name)
  const open = new Set(errands.filter((errand) => errand.state !== 'sent').map((errand) => errand.caseId))
  const old = found.filter((item, at) => at >= MOST_KEPT && item.phase === 'answered' && !open.has(item.id))
  for (const item of old) await kept.delete('cases', item.id)
  if (name === owner.value) cases.items = found.filter((item) => !old.includes(item))
}

/** Take a case off the phone. */
export async function dropCase(id: string): Promise<void> {
  await (await database()).delete('cases', id)
  cases.items = cases.items.filter((item) => item.id !== id)
}

export function findCase(id: string): Case | undefined {
  return cases.items.find((item) => item.id === id)
}

export function caseOf(applicationId: string): Case | undefined {
  return cases.items.find((item) => item.applicationId === applicationId)
}

/** Keep a case that the server has as well; where there is no room it is only shown. */
export async function addCase(item: Case): Promise<void> {
  await keepIfRoom('cases', item)
  cases.items.unshift(item)
  others?.postMessage(item.id)
}

/**
 * Change what is known of a case; it is shown even where there is no room to keep it. One that was
 * taken off the phone meanwhile stays off it.
 */
export async function changeCase(id: string, change: Partial<Case>): Promise<void> {
  // what waits is sent also before the list was read
  const found = findCase(id) ?? (await (await database()).get('cases', id))
  if (!found) return
  const changed = { ...found, ...change }
  const at = cases.items.findIndex((other) => other.id === id)
  if (at >= 0) cases.items[at] = changed
  else if (changed.owner === owner.value) cases.items.unshift(changed)
  await changeIfKept('cases', changed)
  others?.postMessage(id)
}

// Another tab shows the same cases: what changes in one is seen in both.
const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel('cases') : undefined
others?.addEventListener('message', async ({ data }) => {
  const changed = await (await database()).get('cases', data)
  if (changed?.owner !== owner.value) return
  const at = cases.items.findIndex((item) => item.id === data)
  if (at >= 0) cases.items[at] = changed
  else cases.items.unshift(changed)
})
