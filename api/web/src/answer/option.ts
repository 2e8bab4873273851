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

type Schedule = Option['schedule']

/** A number of days with what kind of day is counted: eight of one kind are not eight of the other. */
export function shownDays(days: number, clock: string): string {
  return `${days} ${word(`unit_${clock}_day`)}`
}

/** How long the utility takes. */
export function takenOf({ steps, utility_days: days }: Schedule): string {
  const [clock = 'working', ...others] = new Set(steps.filter((step) => step.owner === 'utility').map((step) => step.clock))
  return others.length ? `${days} ${word('unit_day')}` : shownDays(days, clock)
}

/** How long the utility takes and until when, and what its limit is and until when. */
export function daysOf(schedule: Schedule): { days: string; until: string }[] {
  const limit = shownDays(schedule.limit_days, schedule.limit_clock)
  return [
    { days: t('option.taken', { days: takenOf(schedule) }), until: until(schedule.due_date) },
    { days: t('option.limit', { days: limit }), until: until(schedule.limit_due_on) },
  ]
}

function until(day: string | null | undefined): string {
  return day ? t('option.until', { day }) : ''
}
