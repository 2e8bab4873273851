import { ref, type App } from 'vue'

/** What went wrong that nobody expected; empty: nothing. */
export const fault = ref('')

/** Have the unexpected told: a tap that does nothing would be taken for done. */
export function tellFaults(app: App): void {
  const tell = (error: unknown): void => {
    console.error(error)
    fault.value = error instanceof Error ? error.message : String(error)
  }
  app.config.errorHandler = tell
  addEventListener('unhandledrejection', ({ reason }) => tell(reason))
}
