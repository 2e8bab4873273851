import { askJson } from '../api/client.ts'
import { owner } from '../account/session.ts'
import { database, keep } from '../kept/database.ts'
import { now } from '../kept/clock.ts'
import { gridOf, loadGrids } from '../map/grids.ts'
import { distanceM } from './distance.ts'
import type { Pack } from './pack.ts'

export const RADIUS_M = 3_000

/** Fetch a pack round a place and keep it; an older one of the same place goes. */
export async function fetchPack(at: [number, number]): Promise<Pack> {
  await loadGrids()
  const grid = gridOf(null)
  if (!grid) throw new Error('no grid')
  const found = await askJson<Omit<Pack, 'id'>>(
    `/v1/map/${grid.version}/pack?at=${at.map((part) => part.toFixed(5)).join(',')}&radius_m=${RADIUS_M}`,
  )
  const pack: Pack = { ...found, id: `${owner.value}:${at.map((part) => part.toFixed(2)).join(',')}` }
  await keep('packs', { ...pack, owner: owner.value })
  return pack
}

/** Packs that are still good; what was free a day ago nobody can tell, so older ones go. */
export async function listPacks(): Promise<Pack[]> {
  const kept = await database()
  const all = await kept.getAll('packs')
  for (const pack of all) if (new Date(pack.good_until) < now()) await kept.delete('packs', pack.id)
  return all.filter((pack) => pack.owner === owner.value && new Date(pack.good_until) >= now())
}

export async function dropPack(id: string): Promise<void> {
  await (await database()).delete('packs', id)
}

/** The freshest pack that reaches round a place. */
export async function findPack(at: [number, number]): Promise<Pack | undefined> {
  const around = (await listPacks()).filter((pack) => distanceM(pack.at as [number, number], at) < pack.radius_m)
  return around.sort((a, b) => b.made_at.localeCompare(a.made_at))[0]
}
