import { get as getProjection } from 'ol/proj'
import { defaults as defaultControls } from 'ol/control/defaults'
import ScaleLine from 'ol/control/ScaleLine'
import { defaults as defaultInteractions } from 'ol/interaction/defaults'
import TileLayer from 'ol/layer/Tile'
import OlMap from 'ol/Map'
import XYZ from 'ol/source/XYZ'
import View from 'ol/View'
import type { AppInfo } from '../api/types.ts'

/** What a map needs to know of where it is. */
export type MapOptions = {
  target: HTMLElement
  info: AppInfo | null
  names: { zoomIn: string; zoomOut: string }
}

export const MOST_ZOOM = 19

/** Make a map without the grid on it: the base map where the deployment has one, and a scale. */
export function createMap({ target, info, names }: MapOptions): OlMap {
  const map = new OlMap({
    target,
    // turning and tilting is of no use with one thumb
    interactions: defaultInteractions({ altShiftDragRotate: false, pinchRotate: false }),
    controls: defaultControls({ rotate: false, attribution: !!info?.base_map?.attribution, zoomOptions: { zoomInTipLabel: names.zoomIn, zoomOutTipLabel: names.zoomOut } }).extend([new ScaleLine()]),
    view: new View({ projection: 'EPSG:3857', center: [0, 0], zoom: 2, maxZoom: MOST_ZOOM, constrainRotation: true }),
    pixelRatio: Math.min(devicePixelRatio, 2),
  })
  if (info?.base_map) void addBase(map, info.base_map)
  return map
}

/** Put the base map below all else; what shifts one of GCJ-02 is fetched only for such a one. */
async function addBase(map: OlMap, base: NonNullable<AppInfo['base_map']>): Promise<void> {
  const projection = base.system === 'gcj02' ? (await import('./gcj02.ts')).registerGcj02() : getProjection('EPSG:3857')!
  const source = new XYZ({ url: base.url, attributions: base.attribution || undefined, projection })
  map.getLayers().insertAt(0, new TileLayer({ source }))
}
