import { locate } from '../map/locate.ts'

const DIGITS = 7

/** Where something is said or photographed, as far as the phone tells; nothing where it does not. */
export async function placeOf(): Promise<{ lon?: number; lat?: number; accuracy_m?: number }> {
  try {
    const { lon, lat, accuracyM } = await locate()
    return { lon: Number(lon.toFixed(DIGITS)), lat: Number(lat.toFixed(DIGITS)), accuracy_m: Math.round(accuracyM) }
  } catch {
    return {}
  }
}
