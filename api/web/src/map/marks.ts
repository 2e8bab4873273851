import Feature from 'ol/Feature'
import CircleShape from 'ol/geom/Circle'
import LineString from 'ol/geom/LineString'
import Point from 'ol/geom/Point'
import VectorLayer from 'ol/layer/Vector'
import { fromLonLat } from 'ol/proj'
import { getPointResolution } from 'ol/proj'
import VectorSource from 'ol/source/Vector'
import { Circle, Fill, Stroke, Style, Text } from 'ol/style'
import { coloursNow } from './colours.ts'

/** A way of the new line, and where it begins. */
export type Route = { coordinates: number[][]; rank: number; isChosen: boolean }

/** The site, how sure it is, and the ways to it, above the grid. */
export class MarksLayer extends VectorLayer<VectorSource> {
  constructor() {
    super({ source: new VectorSource(), zIndex: 1000, updateWhileInteracting: true })
  }

  get site(): Feature<Point> | null {
    return this.getSource()!.getFeatureById('site') as Feature<Point> | null
  }

  showSite(at: [number, number] | null, accuracyM: number | null): void {
    const source = this.getSource()!
    for (const id of ['site', 'accuracy']) {
      const old = source.getFeatureById(id)
      if (old) source.removeFeature(old as Feature)
    }
    if (!at) return
    const colours = coloursNow()
    const point = fromLonLat(at)
    if (accuracyM) {
      const circle = new Feature(new CircleShape(point, accuracyM / getPointResolution('EPSG:3857', 1, point)))
      circle.setId('accuracy')
      circle.setStyle(new Style({ fill: new Fill({ color: `${colours.site}22` }), stroke: new Stroke({ color: colours.site, width: 1.5 }) }))
      source.addFeature(circle)
    }
    const site = new Feature(new Point(point))
    site.setId('site')
    site.setStyle([
      new Style({ image: new Circle({ radius: 11, fill: new Fill({ color: colours.site }), stroke: new Stroke({ color: colours.halo, width: 3 }) }) }),
      new Style({ image: new Circle({ radius: 3.5, fill: new Fill({ color: colours.halo }) }) }),
    ])
    source.addFeature(site)
  }

  showRoutes(routes: Route[]): void {
    const source = this.getSource()!
    for (const feature of source.getFeatures()) if (String(feature.getId()).startsWith('route')) source.removeFeature(feature)
    const colours = coloursNow()
    for (const [at, route] of routes.entries()) {
      const feature = new Feature(new LineString(route.coordinates.map((place) => fromLonLat(place))))
      feature.setId(`route-${at}`)
      feature.set('rank', route.rank)
      const first = fromLonLat(route.coordinates[0]!)
      feature.setStyle([
        new Style({ zIndex: route.isChosen ? 2 : 1, stroke: new Stroke({ color: colours.halo, width: route.isChosen ? 8 : 5 }) }),
        new Style({ zIndex: route.isChosen ? 2 : 1, stroke: new Stroke({ color: colours.route, width: route.isChosen ? 5 : 2.5, lineDash: route.isChosen ? undefined : [6, 5] }) }),
        new Style({
          zIndex: route.isChosen ? 3 : 1,
          geometry: new Point(first),
          image: new Circle({ radius: 10, fill: new Fill({ color: route.isChosen ? colours.route : colours.halo }), stroke: new Stroke({ color: colours.route, width: 2 }) }),
          text: new Text({ text: String(route.rank), font: 'bold 12px system-ui, sans-serif', fill: new Fill({ color: route.isChosen ? colours.halo : colours.route }) }),
        }),
      ])
      source.addFeature(feature)
    }
  }
}
