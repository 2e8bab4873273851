import type { FeatureLike } from 'ol/Feature'
import MVT from 'ol/format/MVT'
import VectorTileLayer from 'ol/layer/VectorTile'
import VectorTileSource from 'ol/source/VectorTile'
import { Circle, Fill, RegularShape, Stroke, Style, Text } from 'ol/style'
import { createXYZ } from 'ol/tilegrid'
import { coloursNow, roomColour, voltageColour, type Colours } from './colours.ts'
import type { Headroom } from './headroom.ts'

const MOST_DATA_ZOOM = 16
/** Names from this scale on: of the street's lines sooner than of what hangs below a transformer. */
const NAMES_FROM_ZOOM = { mv: 15.5, lv: 17.5 } as const

/** How lines are coloured: by voltage, or by what they can still take. */
export type Colouring = 'voltage' | 'room'

/** The grid as pieces of vector map; figures that change are joined by row, so pieces are kept. */
export class GridLayer extends VectorTileLayer {
  private colours: Colours
  private headroom: Headroom | null = null
  private readonly styles = new Map<string, Style>()

  constructor(
    gridVersion: string,
    private colouring: Colouring = 'voltage',
  ) {
    super({
      source: new VectorTileSource({
        format: new MVT(),
        url: `./v1/map/${gridVersion}/tiles/{z}/{x}/{y}`,
        tileGrid: createXYZ({ maxZoom: MOST_DATA_ZOOM, tileSize: 512 }),
      }),
      renderMode: 'vector',
      declutter: true,
      // pieces that were seen are drawn again without being read again
      cacheSize: 64,
      updateWhileInteracting: false,
    })
    this.colours = coloursNow()
    this.setStyle((feature, resolution) => this.styleOf(feature, resolution))
  }

  /** Colour by something else, or by new figures. */
  show(colouring: Colouring, headroom: Headroom | null): void {
    this.colouring = colouring
    this.headroom = headroom
    this.colours = coloursNow()
    this.styles.clear()
    this.changed()
  }

  private styleOf(feature: FeatureLike, resolution: number): Style | Style[] | undefined {
    const isNear = resolution < 4
    switch (feature.get('layer')) {
      case 'lines':
        return this.lineStyle(feature, resolution)
      case 'transformers':
        return resolution < 12 ? this.dot(this.transformerColour(feature), 4, this.nameOf(feature, resolution)) : undefined
      case 'stations':
        if (Number(feature.get('kv')) < 1 && resolution > 1) return undefined
        return this.square(voltageColour(this.colours, Number(feature.get('kv'))), feature.get('kind') === 'busbar' ? 7 : 5, this.nameOf(feature, resolution))
      case 'poles':
        return isNear ? this.dot(this.colours.ink, 2, '') : undefined
      case 'restricted':
        return this.restricted()
      default:
        return undefined
    }
  }

  private lineStyle(feature: FeatureLike, resolution: number): Style {
    const kv = Number(feature.get('kv'))
    const colour = this.lineColour(feature, kv)
    const isOverhead = feature.get('laying') === 'overhead'
    const isOut = !!feature.get('out')
    const width = kv >= 35 ? 3.5 : kv >= 6 ? (resolution < 10 ? 3 : 2) : 1.6
    const name = this.nameOf(feature, resolution)
    const made = (): Style =>
      new Style({
        zIndex: kv,
        stroke: new Stroke({ color: colour, width, lineDash: isOut ? [2, 6] : isOverhead ? [12, 4] : undefined }),
        text: name
          ? new Text({ text: name, placement: 'line', font: '13px system-ui, sans-serif', fill: new Fill({ color: this.colours.ink }), stroke: new Stroke({ color: this.colours.halo, width: 3 }) })
          : undefined,
      })
    return name ? made() : this.kept(`l${colour}${width}${isOverhead}${isOut}`, made)
  }

  private lineColour(feature: FeatureLike, kv: number): string {
    if (this.colouring === 'voltage' || kv < 1) return voltageColour(this.colours, kv)
    return roomColour(this.colours, this.headroom?.lines.get(Number(feature.getId())))
  }

  private transformerColour(feature: FeatureLike): string {
    if (this.colouring === 'voltage') return voltageColour(this.colours, 0.4)
    return roomColour(this.colours, this.headroom?.transformers.get(Number(feature.getId())))
  }

  private nameOf(feature: FeatureLike, resolution: number): string {
    const zoomed = Math.log2(156543.034 / resolution)
    const isLow = feature.get('kv') !== undefined && Number(feature.get('kv')) < 1
    return zoomed >= NAMES_FROM_ZOOM[isLow ? 'lv' : 'mv'] ? String(feature.get('name') ?? '') : ''
  }

  private dot(colour: string, radius: number, name: string): Style {
    const made = (): Style =>
      new Style({
        zIndex: 200,
        image: new Circle({ radius, fill: new Fill({ color: colour }), stroke: new Stroke({ color: this.colours.halo, width: 1 }) }),
        text: this.beside(name),
      })
    return name ? made() : this.kept(`d${colour}${radius}`, made)
  }

  private square(colour: string, radius: number, name: string): Style {
    const made = (): Style =>
      new Style({
        zIndex: 300,
        image: new RegularShape({ points: 4, angle: Math.PI / 4, radius, fill: new Fill({ color: this.colours.halo }), stroke: new Stroke({ color: colour, width: 2 }) }),
        text: this.beside(name),
      })
    return name ? made() : this.kept(`s${colour}${radius}`, made)
  }

  private beside(name: string): Text | undefined {
    if (!name) return undefined
    return new Text({
      text: name, offsetY: 14, font: '12px system-ui, sans-serif',
      fill: new Fill({ color: this.colours.ink }), stroke: new Stroke({ color: this.colours.halo, width: 3 }),
    })
  }

  private restricted(): Style {
    return this.kept('r', () => new Style({
      fill: new Fill({ color: `${this.colours.restricted}26` }),
      stroke: new Stroke({ color: this.colours.restricted, width: 1.5, lineDash: [4, 4] }),
    }))
  }

  private kept(key: string, make: () => Style): Style {
    const known = this.styles.get(key)
    if (known) return known
    const made = make()
    this.styles.set(key, made)
    return made
  }
}
