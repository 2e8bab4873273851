import gcoord from 'gcoord'
import { addCoordinateTransforms, addProjection, fromLonLat, get, Projection, toLonLat } from 'ol/proj'

const CODE = 'GCJ02'

/** Make the projection of maps drawn in GCJ-02 known: web Mercator of shifted places. */
export function registerGcj02(): Projection {
  const known = get(CODE)
  if (known) return known
  const world = get('EPSG:3857')!
  const shifted = new Projection({ code: CODE, units: 'm', extent: world.getExtent(), global: true })
  addProjection(shifted)
  const to = (place: number[]): number[] => fromLonLat(gcoord.transform(toLonLat(place) as [number, number], gcoord.WGS84, gcoord.GCJ02))
  const back = (place: number[]): number[] => fromLonLat(gcoord.transform(toLonLat(place) as [number, number], gcoord.GCJ02, gcoord.WGS84))
  addCoordinateTransforms(world, shifted, to, back)
  return shifted
}
