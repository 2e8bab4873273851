import { askJson } from '../api/client.ts'
import { owner } from '../account/session.ts'
import { database, keep } from '../kept/database.ts'
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

export async function listPacks(): Promise<Pack[]> {
  return (await (await database()).getAll('packs')).filter((pack) => pack.owner === owner.value)
}

export async function dropPack(id: string): Promise<void> {
  await (await database()).delete('packs', id)
}

/** The freshest pack that reaches round a place. */
export async function findPack(at: [number, number]): Promise<Pack | undefined> {
  const around = (await listPacks()).filter((pack) => distanceM(pack.at as [number, number], at) < pack.radius_m)
  return around.sort((a, b) => b.made_at.localeCompare(a.made_at))[0]
}
