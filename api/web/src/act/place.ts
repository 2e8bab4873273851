import { locate } from '../map/locate.ts'

const DIGITS = 7

// what was said or photographed must not be lost while the phone looks for satellites
const PATIENCE_MS = 2_000

/** Where something is said or photographed, as far as the phone tells at once; else nothing. */
export async function placeOf(): Promise<{ lon?: number; lat?: number; accuracy_m?: number }> {
  try {
    const late = new Promise<never>((_found, failed) => setTimeout(failed, PATIENCE_MS))
    const { lon, lat, accuracyM } = await Promise.race([locate(), late])
    return { lon: Number(lon.toFixed(DIGITS)), lat: Number(lat.toFixed(DIGITS)), accuracy_m: Math.round(accuracyM) }
  } catch {
    return {}
  }
}
