import { ref, type App } from 'vue'

/** What went wrong that nobody expected; empty: nothing. */
export const fault = ref('')

/** Tell of something unexpected: a tap that does nothing would be taken for done. */
export function tellFault(error: unknown): void {
  console.error(error)
  fault.value = error instanceof Error ? error.message : String(error)
}

/** Have everything unexpected told. */
export function tellFaults(app: App): void {
  app.config.errorHandler = tellFault
  addEventListener('unhandledrejection', ({ reason }) => tellFault(reason))
}
