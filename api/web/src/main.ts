import { createApp } from 'vue'
import App from './App.vue'
import { i18n, speakAsBefore } from './i18n.ts'
import { makeRouter } from './router.ts'
import { onEnded, onHeard, onWhose } from './api/client.ts'
import { noteServerTime } from './kept/clock.ts'
import { noteEnded, owner, session } from './account/session.ts'

onHeard(noteServerTime)
onEnded(noteEnded)
onWhose(() => owner.value)
void speakAsBefore()
void finishSignIn().finally(() => createApp(App).use(i18n).use(makeRouter()).mount('#app'))

/** The company's sign-in answers in the address: that is read before anything else. */
async function finishSignIn(): Promise<void> {
  const answered = new URLSearchParams(location.search)
  if (!(answered.has('state') && session.info?.sign_in)) return
  const { finish } = await import('./account/signIn.ts')
  await finish(session.info.sign_in)
}
