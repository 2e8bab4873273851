import { totals, type AskForm } from '../ask/form.ts'
import { now } from '../kept/clock.ts'
import { onMap } from '../map/systems.ts'
import { distanceM, distanceToLineM } from './distance.ts'
import type { Pack, PackPoint } from './pack.ts'

/** An opinion without a signal. It promises nothing, has no number and is never signed. */
export type Preliminary = {
  verdict: 'likely' | 'unlikely' | 'desk'
  level: 'lv' | 'mv'
  points: { elementId: string; name: string; distanceM: number; freeKva: number | 'inf' }[]
  packMadeAt: string
  packGoodUntil: string
  isOld: boolean
}

const SHOWN = 3

/** Compare what is asked with what was free when the pack was made. */
export function preliminaryAnswer(form: AskForm, pack: Pack): Preliminary {
  const { rules } = pack
  const site = onMap(form.place!)
  const equipmentKw = form.by === 'equipment' ? totals(form.equipment).kw : (form.kw ?? 0)
  const isLow = form.by !== 'kva' && equipmentKw <= rules.low_voltage_limit_kw
  // without factors all of it counts: rather too much than too little
  const neededKva = form.by === 'kva' ? form.kva! : equipmentKw / (isLow ? rules.power_factor_lv : rules.power_factor_mv)
  const capacityKva = form.by === 'kva' ? form.kva! : neededKva / rules.load_rate
  const mostM = isLow ? rules.max_distance_lv_m : rules.max_distance_mv_m
  const reached = pack.points
    .filter((point) => (point.kind === 'transformer_lv') === isLow)
    .map((point) => ({ point, distance: away(site, point) * rules.detour_factor }))
    .filter(({ point, distance }) => distance <= mostM && (point.free_kva === 'inf' || point.free_kva >= neededKva))
    .sort((a, b) => a.distance - b.distance)
  const isSimple = form.sources === 1 && form.importance === 'ordinary' && (isLow || capacityKva <= rules.on_site_limit_kva)
  return {
    verdict: !isSimple ? 'desk' : reached.length ? 'likely' : 'unlikely',
    level: isLow ? 'lv' : 'mv',
    points: reached.slice(0, SHOWN).map(({ point, distance }) => ({
      elementId: point.element_id, name: point.name || point.element_id, distanceM: distance, freeKva: point.free_kva,
    })),
    packMadeAt: pack.made_at,
    packGoodUntil: pack.good_until,
    isOld: new Date(pack.good_until) < now(),
  }
}

function away(site: [number, number], point: PackPoint): number {
  if (point.geometry?.length) return distanceToLineM(site, point.geometry)
  return point.lon != null && point.lat != null ? distanceM(site, [point.lon, point.lat]) : Infinity
}
