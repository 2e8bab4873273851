import gcoord from 'gcoord'
import type { Place, System } from '../ask/form.ts'

const KNOWN = {
  cgcs2000: gcoord.WGS84, // the same to under a metre
  wgs84: gcoord.WGS84,
  gcj02: gcoord.GCJ02,
  bd09: gcoord.BD09,
} as const

/** Longitude and latitude of a place as the map has them, CGCS2000. */
export function onMap(place: Place): [number, number] {
  return convert(place.lon, place.lat, place.system, 'cgcs2000')
}

/** Longitude and latitude in another system; for showing only, the server converts for itself. */
export function convert(lon: number, lat: number, from: System, to: System): [number, number] {
  if (KNOWN[from] === KNOWN[to]) return [lon, lat]
  const [x, y] = gcoord.transform([lon, lat], KNOWN[from], KNOWN[to])
  return [x!, y!]
}
