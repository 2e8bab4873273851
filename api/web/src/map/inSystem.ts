import type { Place, System } from '../ask/form.ts'

// the same to under a metre
const UNSHIFTED: System[] = ['cgcs2000', 'wgs84']

/** Longitude and latitude of a place in a system; what shifts them is fetched where something is shifted. */
export async function inSystem(place: Place, system: System): Promise<[number, number]> {
  if (place.system === system || [place.system, system].every((each) => UNSHIFTED.includes(each)))
    return [place.lon, place.lat]
  const { convert, onMap } = await import('./systems.ts')
  return convert(...onMap(place), 'cgcs2000', system)
}
