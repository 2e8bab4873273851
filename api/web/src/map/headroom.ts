import { askJson } from '../api/client.ts'
import type { components } from '../../described.ts'

export type Room = number | 'inf' | null

/** What lines and transformers can still take now, by row of their tables. */
export type Headroom = { lines: Map<number, Room>; transformers: Map<number, Room>; isCut: boolean; at: string }

type Answer = components['schemas']['HeadroomOut']
type Rows = Answer['lines']

/** Ask for the figures of what is seen: west, south, east, north. */
export async function findHeadroom(gridVersion: string, box: number[]): Promise<Headroom> {
  const answer = await askJson<Answer>(`/v1/map/${gridVersion}/headroom?bbox=${box.map((edge) => edge.toFixed(5)).join(',')}`)
  const byRow = ({ row, free_kva }: Rows): Map<number, Room> => new Map(row.map((at, k) => [at, free_kva[k] as Room]))
  return {
    lines: byRow(answer.lines), transformers: byRow(answer.transformers), isCut: answer.truncated, at: answer.counted_at,
  }
}
