import { ref } from 'vue'
import { session } from '../account/session.ts'
import { askJson, Unreached } from '../api/client.ts'
import type { AppInfo } from '../api/types.ts'

/** Whether the server has another build of this app than the one that runs. */
export const isNewer = ref(false)

const AGAIN_MS = 15 * 60_000

async function look(): Promise<void> {
  try {
    session.info = await askJson<AppInfo>('/app-info')
    isNewer.value = session.info.build !== null && session.info.build !== __BUILD__
    if (isNewer.value) await (await navigator.serviceWorker?.getRegistration())?.update()
  } catch (error) {
    if (!(error instanceof Unreached)) throw error
  }
}

/** Look now and then whether there is a newer build; it is taken only when the user says so. */
export function lookForNewer(): void {
  isNewer.value = !!session.info?.build && session.info.build !== __BUILD__
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void look())
  addEventListener('online', () => void look())
  setInterval(() => void look(), AGAIN_MS)
}

/** Run the newer build; what is typed and what waits is kept on the phone. */
export async function takeNewer(): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration()
  registration?.waiting?.postMessage('take over')
  location.reload()
}

/** Keep the app on the phone, once nothing else competes for the line. */
export async function keepApp(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  await navigator.serviceWorker.register('./sw.js', { scope: './' })
}
