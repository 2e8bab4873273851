/** Colours of the map by day and by night; lines by voltage as dispatchers know them. */
export type Colours = {
  ground: string
  ink: string
  halo: string
  voltage: [fromKv: number, colour: string][]
  room: { none: string; little: string; some: string; much: string; unknown: string }
  restricted: string
  site: string
  route: string
}

const DAY: Colours = {
  ground: '#f7f9f8',
  ink: '#14201d',
  halo: '#ffffff',
  voltage: [[110, '#8c1d6f'], [35, '#b35900'], [6, '#c01616'], [0, '#1c5fb8']],
  room: { none: '#b3150f', little: '#c26a00', some: '#8a8a00', much: '#13762e', unknown: '#7d8784' },
  restricted: '#b3150f',
  site: '#0b5d4e',
  route: '#d4007a',
}
const NIGHT: Colours = {
  ground: '#101816',
  ink: '#edf3f1',
  halo: '#101816',
  voltage: [[110, '#e48fd0'], [35, '#ffb268'], [6, '#ff7d75'], [0, '#7fb4ff']],
  room: { none: '#ff7d75', little: '#ffb84d', some: '#e6e06a', much: '#7fdc98', unknown: '#8f9a96' },
  restricted: '#ff7d75',
  site: '#6fd3ba',
  route: '#ff7cc4',
}

export function coloursNow(): Colours {
  return matchMedia('(prefers-color-scheme: dark)').matches ? NIGHT : DAY
}

export function voltageColour(colours: Colours, kv: number): string {
  return colours.voltage.find(([from]) => kv >= from)?.[1] ?? colours.room.unknown
}

/** Steps of what a line can still take, kVA: a colour each. */
export const ROOM_STEPS_KVA = { little: 0, some: 500, much: 2000 } as const

export function roomColour(colours: Colours, freeKva: number | 'inf' | null | undefined): string {
  if (freeKva === null || freeKva === undefined) return colours.room.unknown
  if (freeKva === 'inf') return colours.room.much
  if (freeKva <= ROOM_STEPS_KVA.little) return colours.room.none
  if (freeKva < ROOM_STEPS_KVA.some) return colours.room.little
  return freeKva < ROOM_STEPS_KVA.much ? colours.room.some : colours.room.much
}
