import type { Option } from '../api/types.ts'
import { word } from '../api/words.ts'
import { t } from '../i18n.ts'
import { shown, shownMoney } from '../parts/number.ts'

/** What people call an element of a plan. */
export function nameOf(names: Record<string, string>, id: string | null | undefined): string {
  if (!id) return '—'
  return names[id] ?? id
}

/** Length of the new lines of an option, m. */
export function lengthOf(option: Option): number {
  return option.sources.reduce((sum, source) => sum + source.route.length_m, 0)
}

/** The band of its cost, as it is talked about. */
export function costOf(option: Option): string {
  const { p15, p50, p85 } = option.cost
  return t('option.costBand', { p15: shownMoney(p15), p50: shownMoney(p50), p85: shownMoney(p85) })
}

/** What the grid can take at the access point, the lesser of rule and power flow. */
export function roomOf(option: Option): string {
  const { open_capacity_kva: open, hosting_capacity_kva: hosting } = option.headroom
  return `${shown(open as number)} / ${shown(hosting as number)} kVA`
}

export function kindOf(option: Option): string {
  return word(`kind_${option.kind}`)
}

export function voltageOf(option: Option): string {
  return option.supply_kv < 1 ? t('option.lv') : t('option.mv', { kv: option.supply_kv })
}
