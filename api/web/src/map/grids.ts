import { reactive } from 'vue'
import { askJson, isNoAnswer } from '../api/client.ts'
import type { Grid } from '../api/types.ts'

const KEPT = 'grids'

/** Grids that are served; the last ones known without signal. */
export const grids = reactive<{ items: Grid[] }>({ items: JSON.parse(localStorage.getItem(KEPT) ?? '[]') })

export async function loadGrids(): Promise<Grid[]> {
  try {
    const { items } = await askJson<{ items: Grid[] }>('/v1/grid')
    grids.items = items
    localStorage.setItem(KEPT, JSON.stringify(items))
  } catch (error) {
    if (!isNoAnswer(error)) throw error
  }
  return grids.items
}

/** Take what is known of the grids off the phone. */
export function forgetGrids(): void {
  grids.items = []
  localStorage.removeItem(KEPT)
}

/** The grid of a name, or the first one there is. */
export function gridOf(name: string | null): Grid | undefined {
  return grids.items.find((grid) => grid.name === name) ?? grids.items[0]
}
