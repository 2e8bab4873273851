/** What a public line or transformer could still take when the pack was made. */
export type PackPoint = {
  kind: 'transformer_lv' | 'line_tee' | 'line_bay'
  element_id: string
  name: string
  kv: number
  lon?: number | null
  lat?: number | null
  geometry?: [number, number][] | null
  free_kva: number | 'inf'
}

/** Figures of the rules the opinion rests on; every one comes from the server. */
export type PackRules = {
  area: string
  title_zh: string
  low_voltage_limit_kw: number
  on_site_limit_kva: number
  power_factor_lv: number
  power_factor_mv: number
  load_rate: number
  detour_factor: number
  max_distance_lv_m: number
  max_distance_mv_m: number
}

/** A district in a pocket: enough for an opinion without a signal. */
export type Pack = {
  id: string
  grid: string
  grid_version: string
  made_at: string
  good_until: string
  at: [number, number]
  radius_m: number
  rules: PackRules
  points: PackPoint[]
}
