const EARTH_M = 6_371_008.8

type Place = readonly [lon: number, lat: number]

/** Place in metres round another one, flat: good to a thousandth over a few kilometres. */
function flat([lon, lat]: Place, [lon0, lat0]: Place): [number, number] {
  const rad = Math.PI / 180
  return [(lon - lon0) * rad * EARTH_M * Math.cos(lat0 * rad), (lat - lat0) * rad * EARTH_M]
}

/** Straight distance between two places, m. */
export function distanceM(a: Place, b: Place): number {
  return Math.hypot(...flat(a, b))
}

/** Straight distance from a place to a line, m. */
export function distanceToLineM(at: Place, line: readonly Place[]): number {
  const points = line.map((place) => flat(place, at))
  let least = Infinity
  for (const [k, [x, y]] of points.entries()) {
    const [px, py] = points[k - 1] ?? [x, y]
    const [dx, dy] = [x - px, y - py]
    const length2 = dx * dx + dy * dy
    const share = length2 ? Math.min(1, Math.max(0, -(px * dx + py * dy) / length2)) : 0
    least = Math.min(least, Math.hypot(px + share * dx, py + share * dy))
  }
  return least
}
