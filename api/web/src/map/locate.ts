export type Located = { lon: number; lat: number; accuracyM: number }
/** Why the phone does not tell where it is. */
export type NotLocated = 'refused' | 'unavailable' | 'late' | 'unsupported'

const PATIENCE_MS = 15_000

/** Ask the phone where it is, as exactly as it can. */
export function locate(): Promise<Located> {
  return new Promise((found, failed: (why: NotLocated) => void) => {
    if (!('geolocation' in navigator)) return failed('unsupported')
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => found({ lon: coords.longitude, lat: coords.latitude, accuracyM: coords.accuracy }),
      (error) => failed(error.code === 1 ? 'refused' : error.code === 3 ? 'late' : 'unavailable'),
      { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 5_000 },
    )
  })
}
