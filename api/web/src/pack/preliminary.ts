import Polygon from 'ol/geom/Polygon'
import { totals, type AskForm } from '../ask/form.ts'
import { onMap } from '../map/systems.ts'
import { distanceM, distanceToLineM } from './distance.ts'
import type { Pack, PackPoint, PackRules } from './pack.ts'

/** An opinion without a signal. It promises nothing, has no number and is never signed. */
export type Preliminary = {
  verdict: 'likely' | 'unlikely' | 'desk'
  level: 'lv' | 'mv'
  points: { elementId: string; name: string; distanceM: number; freeKva: number }[]
  packMadeAt: string
  packGoodUntil: string
  /** Nobody knows whether something lies in the way. */
  isGroundUnknown: boolean
}

const SHOWN = 3
type Place = [number, number]

/** Compare what is asked with what was free when the pack was made; rather too little than too much. */
export function preliminaryAnswer(form: AskForm, pack: Pack): Preliminary {
  const { rules } = pack
  const site = onMap(form.place!)
  const equipmentKw = form.by === 'equipment' ? totals(form.equipment).kw : (form.kw ?? 0)
  const isLow = form.by !== 'kva' && equipmentKw <= rules.low_voltage_limit_kw
  // without demand factors: all that is installed counts
  const neededKva =
    form.by === 'kva' ? form.kva! : equipmentKw / (isLow ? rules.power_factor_lv : rules.power_factor_mv)
  const capacityKva = form.by === 'kva' ? form.kva! : transformerFor(neededKva, rules)
  const mostM = isLow ? rules.lv_max_distance_m : rules.mv_max_distance_m
  const reached = pack.points
    .filter((point) => (point.kind === 'transformer_lv') === isLow)
    .filter((point) => point.free_kva >= neededKva && (isLow || capacityKva <= mostOf(point, rules)))
    .map((point) => ({ point, distance: Math.max(away(site, point) * rules.detour_factor, rules.route_minimum_m) }))
    .filter(({ distance }) => distance <= mostM)
    .sort((a, b) => a.distance - b.distance)
  const isSimple =
    form.sources === 1 &&
    ['ordinary', 'temporary'].includes(form.importance) &&
    (isLow || capacityKva <= rules.on_site_limit_kva) &&
    // what disturbs others is computed by the server, or looked at by the desk
    ['', 'none'].includes(form.specialLoad) &&
    !form.largestMotorKw &&
    !isRestricted(site, pack)
  return {
    verdict: !isSimple ? 'desk' : reached.length ? 'likely' : 'unlikely',
    level: isLow ? 'lv' : 'mv',
    points: reached.slice(0, SHOWN).map(({ point, distance }) => ({
      elementId: point.element_id, name: point.name || point.element_id, distanceM: distance, freeKva: point.free_kva,
    })),
    packMadeAt: pack.made_at,
    packGoodUntil: pack.good_until,
    isGroundUnknown: !pack.grid.has_restricted_areas,
  }
}

/** The smallest standard transformer that is not loaded beyond its share; beyond the largest, what it takes. */
function transformerFor(neededKva: number, rules: PackRules): number {
  const least = neededKva / rules.transformer_load_rate
  return rules.standard_transformers_kva.find((kva) => kva >= least) ?? least
}

function mostOf(point: PackPoint, rules: PackRules): number {
  return point.kind === 'line_tee' ? rules.tee_max_capacity_kva : rules.ring_in_max_capacity_kva
}

function away(site: Place, point: PackPoint): number {
  if (point.geometry?.length) return distanceToLineM(site, point.geometry as Place[])
  return point.lon !== null && point.lat !== null ? distanceM(site, [point.lon, point.lat]) : Infinity
}

function isRestricted(site: Place, pack: Pack): boolean {
  return pack.restricted_areas.some((area) => area.polygons.some((rings) => new Polygon(rings).intersectsCoordinate(site)))
}
