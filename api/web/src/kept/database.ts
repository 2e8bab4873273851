import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import { ref } from 'vue'
import type { Case } from './case.ts'
import type { Errand } from '../queue/errand.ts'
import type { Pack } from '../pack/pack.ts'

interface Tables extends DBSchema {
  cases: { key: string; value: Case; indexes: { owner: string } }
  errands: { key: string; value: Errand; indexes: { owner: string; case: string } }
  packs: { key: string; value: Pack & { owner: string } }
}

let opened: Promise<IDBPDatabase<Tables>> | undefined

/** The phone's own database: what was asked, answered and waits to be sent. */
export function database(): Promise<IDBPDatabase<Tables>> {
  opened ??= openDB<Tables>('supply-plan', 1, {
    upgrade(kept) {
      kept.createObjectStore('cases', { keyPath: 'id' }).createIndex('owner', 'owner')
      const errands = kept.createObjectStore('errands', { keyPath: 'id' })
      errands.createIndex('owner', 'owner')
      errands.createIndex('case', 'caseId')
      kept.createObjectStore('packs', { keyPath: 'id' })
    },
  })
  return opened
}

/** There is no room on the phone, or the browser lets nothing be kept. */
export class NoRoom extends Error {}

/** Keep something, or say that there is no room for it. */
export async function keep<Name extends 'cases' | 'errands' | 'packs'>(
  name: Name,
  value: Tables[Name]['value'],
): Promise<void> {
  try {
    const kept = await database()
    // a proxy of Vue cannot be cloned; pictures have to stay what they are
    await kept.put(name, plain(value))
  } catch (error) {
    throw new NoRoom(String(error))
  }
}

/**
 * Keep a case and the errand that carries it, and have it take over what waits of another case that
 * was refused, which goes: all of it, or nothing where there is no room. Returns the case that went:
 * one of which nobody knows what became of it stays.
 */
export async function keepTogether(item: Case, errand: Errand, follows: string | null): Promise<string | null> {
  try {
    const both = (await database()).transaction(['cases', 'errands'], 'readwrite')
    const [itsCases, errands] = [both.objectStore('cases'), both.objectStore('errands')]
    const write = async (): Promise<string | null> => {
      await Promise.all([itsCases.put(plain(item)), errands.put(plain(errand))])
      const before = follows ? await errands.index('case').getAll(follows) : []
      if (!follows || !before.some((old) => old.kind === 'application' && old.state === 'refused')) return null
      for (const old of before)
        if (old.kind === 'application') await errands.delete(old.id)
        else await errands.put({ ...old, caseId: item.id, askedAt: errand.askedAt })
      await itsCases.delete(follows)
      return follows
    }
    const [gone] = await Promise.all([write(), both.done])
    return gone
  } catch (error) {
    throw new NoRoom(String(error))
  }
}

/** Whether something could not be kept for want of room. */
export const isFull = ref(false)

/** Change something that is kept; what was taken off the phone meanwhile does not come back. */
export async function changeIfKept<Name extends 'cases' | 'errands'>(
  name: Name,
  value: Tables[Name]['value'],
): Promise<void> {
  try {
    const kept = (await database()).transaction(name, 'readwrite')
    const change = async (): Promise<boolean> => {
      const isThere = (await kept.store.getKey(value.id)) !== undefined
      if (isThere) await kept.store.put(plain(value))
      return isThere
    }
    const [isKept] = await Promise.all([change(), kept.done])
    if (isKept) isFull.value = false
  } catch {
    isFull.value = true
  }
}

/** Keep something the server has as well; without room it is only shown. */
export async function keepIfRoom<Name extends 'cases' | 'errands' | 'packs'>(
  name: Name,
  value: Tables[Name]['value'],
): Promise<void> {
  try {
    await keep(name, value)
    isFull.value = false
  } catch (error) {
    if (!(error instanceof NoRoom)) throw error
    isFull.value = true
  }
}

function plain<T>(value: T): T {
  if (value instanceof Blob || value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(plain) as T
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)])) as T
}
