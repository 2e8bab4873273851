import { createApp } from 'vue'
import type { AppInfo } from './api/types.ts'
import App from './App.vue'
import { i18n, speakAsBefore } from './i18n.ts'
import { makeRouter } from './router.ts'
import { askJson, onEnded, onHeard, onWhose } from './api/client.ts'
import { tellFaults } from './kept/fault.ts'
import { noteServerTime } from './kept/clock.ts'
import { isLeaving, noteEnded, owner, session } from './account/session.ts'

onHeard(noteServerTime)
onEnded(noteEnded)
onWhose(() => (isLeaving() ? null : owner.value))
void speakAsBefore()
void finishSignIn().finally(() => {
  const app = createApp(App).use(i18n).use(makeRouter())
  tellFaults(app)
  app.mount('#app')
})

/** The company's sign-in answers in the address: that is read before anything else. */
async function finishSignIn(): Promise<void> {
  const answered = new URLSearchParams(location.search)
  if (!answered.has('state')) return
  const info = session.info ?? (await askJson<AppInfo>('/app-info'))
  if (!info.sign_in) return history.replaceState(null, '', location.pathname)
  const { finish } = await import('./account/signIn.ts')
  await finish(info.sign_in)
}
