import type { PlanVersion } from '../api/types.ts'

export const SYSTEMS = ['cgcs2000', 'wgs84', 'gcj02', 'bd09'] as const
export type System = (typeof SYSTEMS)[number]

/** A place the phone knows no better than this is not taken over: it has to be tapped on the map. */
export const VAGUE_M = 100

/** Where the customer is, in the system in which it was told: the server converts it. */
export type Place = {
  lon: number
  lat: number
  system: System
  accuracyM: number | null
  /** As it was typed: whoever then names another system says what system the numbers are in. */
  typed?: boolean
}

/** A row of the equipment list. */
export type Equipment = { name: string; kw: number | null; count: number; demandFactor: number }

export const CATEGORIES = ['resident', 'commercial', 'industrial', 'agricultural', 'ev_charging', 'construction'] as const
export const IMPORTANCES = ['ordinary', 'second', 'first', 'special', 'temporary'] as const
export const SPECIAL_LOADS = ['none', 'impact', 'harmonic', 'single_phase', 'generation'] as const
export const MOTOR_STARTS = ['direct', 'soft', 'vfd'] as const
export const WAYS = ['kw', 'equipment', 'kva'] as const

/** What is typed on the first screen. */
export type AskForm = {
  label: string
  /** The case that was refused and of which this is the changed wish: what waits of it goes along. */
  follows: string | null
  district: string
  grid: string | null
  place: Place | null
  by: (typeof WAYS)[number]
  kw: number | null
  kva: number | null
  equipment: Equipment[]
  category: (typeof CATEGORIES)[number]
  importance: (typeof IMPORTANCES)[number]
  sources: 1 | 2 | 3
  phases: 1 | 3
  /** Empty: not stated, which is not the same as none. */
  specialLoad: (typeof SPECIAL_LOADS)[number] | ''
  maxDemandKw: number | null
  largestMotorKw: number | null
  motorStart: (typeof MOTOR_STARTS)[number] | ''
  smallMicro: boolean
  wantedDate: string
  routeConfirmed: boolean
}

export function emptyForm(district: string): AskForm {
  return {
    label: '', follows: null, district, grid: null, place: null, by: 'kw', kw: null, kva: null, equipment: [],
    category: 'commercial', importance: 'ordinary', sources: 1, phases: 3, specialLoad: '',
    maxDemandKw: null, largestMotorKw: null, motorStart: '', smallMicro: false, wantedDate: '',
    routeConfirmed: false,
  }
}

/** Sum of the equipment, and of what of it runs at a time; for the list as it is typed. */
export function totals(list: Equipment[]): { kw: number; demandKw: number } {
  const counted = list.filter((item) => item.kw)
  return {
    kw: counted.reduce((sum, item) => sum + item.kw! * item.count, 0),
    demandKw: counted.reduce((sum, item) => sum + item.kw! * item.count * item.demandFactor, 0),
  }
}

/** What is asked of the server. */
export function asked(form: AskForm, who: string): { district: string; application: Record<string, unknown> } {
  const { place } = form
  if (!place) throw new Error('no place')
  const application: Record<string, unknown> = {
    at: [place.lon, place.lat],
    coordinates: place.system,
    category: form.category,
    importance: form.importance,
    sources: form.sources,
    phases: form.phases,
  }
  if (form.grid) application.grid = form.grid
  if (form.by === 'kw') application.kw = form.kw
  if (form.by === 'kva') application.kva = form.kva
  if (form.by === 'equipment')
    application.equipment = form.equipment
      .filter((item) => item.kw)
      .map(({ name, kw, count, demandFactor }) => ({ name: name.trim() || '设备', kw, count, demand_factor: demandFactor }))
  if (form.specialLoad) application.special_load = form.specialLoad
  if (form.maxDemandKw) application.max_demand_kw = form.maxDemandKw
  if (form.largestMotorKw) application.largest_motor_kw = form.largestMotorKw
  if (form.motorStart && form.largestMotorKw) application.motor_start = form.motorStart
  if (form.smallMicro) application.small_micro = true
  if (form.wantedDate) application.wanted_date = form.wantedDate
  if (form.routeConfirmed) application.route_confirmed_by = who
  return { district: form.district, application }
}

/** Whether something is typed that would be missed. */
export function isBegun(form: AskForm): boolean {
  return !!(form.place || form.kw || form.kva || form.equipment.length || form.label.trim())
}

/** What still has to be said before it can be sent, as keys of the messages. */
export function missing(form: AskForm): string[] {
  const found: string[] = []
  if (!form.place) found.push('ask.missing.place')
  else if ((form.place.accuracyM ?? 0) > VAGUE_M) found.push('ask.missing.vague')
  if (form.by === 'kw' && !(form.kw && form.kw > 0)) found.push('ask.missing.power')
  if (form.by === 'kva' && !(form.kva && form.kva > 0)) found.push('ask.missing.power')
  if (form.by === 'equipment' && totals(form.equipment).kw <= 0) found.push('ask.missing.equipment')
  // a row that is named and has no power would be left out without a word
  else if (form.by === 'equipment' && form.equipment.some((item) => item.name.trim() && !item.kw)) found.push('ask.missing.rowPower')
  if (!form.district.trim()) found.push('ask.missing.district')
  return found
}

/** A form filled in from an application that came from elsewhere. */
export function formOf(version: PlanVersion, district: string): AskForm {
  const given = version.plan.application as Record<string, never>
  const form = emptyForm(district)
  form.place = { lon: given.lon, lat: given.lat, system: 'cgcs2000', accuracyM: null }
  form.by = given.kva ? 'kva' : 'kw'
  for (const name of ['kw', 'kva', 'category', 'importance', 'sources', 'phases'] as const)
    if (given[name] !== null) form[name] = given[name]
  return form
}
