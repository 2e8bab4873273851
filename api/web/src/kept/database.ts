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

/** Keep a case and the errand that carries it: both, or neither where there is no room. */
export async function keepTogether(item: Case, errand: Errand): Promise<void> {
  try {
    const both = (await database()).transaction(['cases', 'errands'], 'readwrite')
    await Promise.all([
      both.objectStore('cases').put(plain(item)),
      both.objectStore('errands').put(plain(errand)),
      both.done,
    ])
  } catch (error) {
    throw new NoRoom(String(error))
  }
}

/** Whether something could not be kept for want of room. */
export const isFull = ref(false)

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
