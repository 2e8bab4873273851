import { ref } from 'vue'

const TOLERATED_MS = 120_000

let aheadMs = 0
/** Minutes by which the phone's clock is ahead of the server's, where that matters; else 0. */
export const wrongByMinutes = ref(0)

/** Note the server's time; answers to the second, so small differences tell nothing. */
export function noteServerTime(at: Date): void {
  aheadMs = Date.now() - at.getTime()
  wrongByMinutes.value = Math.abs(aheadMs) > TOLERATED_MS ? Math.round(aheadMs / 60_000) : 0
}

const TICK_MS = 20_000
const ticks = ref(0)
setInterval(() => ticks.value++, TICK_MS)

/** The present moment for what is shown: it is told anew as time passes. */
export function nowShown(): Date {
  void ticks.value
  return now()
}

/** The present moment by the server's clock, as far as it is known. */
export function now(): Date {
  return new Date(Date.now() - (wrongByMinutes.value ? aheadMs : 0))
}
