import { computed, onMounted, reactive, watch } from 'vue'
import { askJson, noteLogin, Refusal, UNKNOWN, Unreached } from '../api/client.ts'
import type { AppInfo, Me } from '../api/types.ts'

const KEPT = 'me'

/** Who is logged in here. The session itself is a cookie no script can read. */
export const session = reactive<{ me: Me | null; isEnded: boolean; logins: number; info: AppInfo | null; refusal: string }>({
  me: JSON.parse(localStorage.getItem(KEPT) ?? 'null'),
  isEnded: false,
  /** How often somebody has logged in since the page was opened. */
  logins: 0,
  /** Why the company's sign-in let nobody in. */
  refusal: '',
  info: JSON.parse(localStorage.getItem('info') ?? 'null'),
})

export const owner = computed(() => session.me?.name ?? '')

export function may(action: string): boolean {
  return session.me?.may.includes(action) ?? false
}

// Another tab logs in or out: this one is whose the browser now is.
addEventListener('storage', ({ key, newValue }) => {
  if (key !== KEPT) return
  const me = JSON.parse(newValue ?? 'null') as Me | null
  if (me) noteBegun(me)
  session.me = me
  session.isEnded = !me
})

/** Note that somebody is there, where nobody was or another: what could not be read is read again. */
function noteBegun(me: Me): void {
  noteLogin()
  if (session.isEnded || session.me?.name !== me.name) session.logins++
}

/** Read something for who is logged in: when its screen opens, and again once somebody logs in. */
export function onLogin(read: () => unknown): void {
  onMounted(read)
  watch(() => session.logins, read)
}

let hasBegun = false
async function begin(me: Me): Promise<void> {
  hasBegun = true
  if (session.me && session.me.name !== me.name) await forgetMap()
  noteBegun(me)
  localStorage.removeItem(LEAVING)
  session.me = me
  session.isEnded = false
  localStorage.setItem(KEPT, JSON.stringify(me))
}

async function askWho(): Promise<Me | null> {
  try {
    return await askJson<Me>('/v1/sessions/current')
  } catch (error) {
    if (error instanceof Refusal && error.status === UNKNOWN) return null
    throw error
  }
}

/** Ask who is logged in; without signal the last one stays. */
export async function refresh(): Promise<void> {
  try {
    const wasLeaving = isLeaving()
    if (wasLeaving) await settleLeaving()
    // the answer that comes with the page is of before that was told
    const [info, me] = await Promise.all([askJson<AppInfo>('/app-info'), wasLeaving ? session.me : askWho()])
    session.info = info
    localStorage.setItem('info', JSON.stringify(info))
    // who logged in or out meanwhile knows better than what was asked before
    if (hasBegun || isLeaving()) return
    if (me) await begin(me)
    else session.isEnded = true
  } catch (error) {
    if (!(error instanceof Unreached)) throw error
    if (!session.me) session.isEnded = true // somebody has to be here
  }
}

export async function logIn(name: string, password: string): Promise<void> {
  await alone(async () => begin(await askJson<Me>('/v1/sessions/browser', { body: { name, password } })))
}

export async function keepSignIn(token: string): Promise<void> {
  await alone(async () => begin(await askJson<Me>('/v1/sessions/sign-in', { body: { token } })))
}

const LEAVING = 'leaving'

/** Whether somebody has logged out here and the server has not heard of it: nothing may be asked then. */
export function isLeaving(): boolean {
  return localStorage.getItem(LEAVING) !== null
}

/** Do something with the one session of the browser, once the one before has ended, and no other tab meanwhile. */
async function alone(act: () => Promise<void>): Promise<void> {
  await navigator.locks.request('session', async () => {
    // that word, late, would end the session that begins now
    if (isLeaving()) await endSession()
    await act()
  })
}

/** Have a log out told that the server has not heard of. Throws where it cannot be told yet. */
async function settleLeaving(): Promise<void> {
  await alone(async () => undefined)
}

/** Tell the server, then take off the phone what of the map came since. */
async function endSession(): Promise<void> {
  await askJson('/v1/sessions/current', { method: 'DELETE' }).catch((error) => {
    if (!(error instanceof Refusal)) throw error
  })
  // a piece of the map that was under way may have come since
  await forgetMap()
  localStorage.removeItem(LEAVING)
}

/** End the session on the phone; every tab begins anew, and the server is told as soon as it can be. */
export async function endHere(): Promise<void> {
  localStorage.setItem(LEAVING, 'yes')
  localStorage.removeItem(KEPT)
  try {
    await forgetMap()
  } finally {
    session.me = null
    session.isEnded = true
  }
}

const AGAIN_MS = 20_000

/** Tell the server of a log out whenever it may be reached again. */
export function keepLeaving(): void {
  const tell = (): void => {
    if (!isLeaving()) return
    void settleLeaving().catch((error) => {
      if (!(error instanceof Unreached)) throw error
    })
  }
  addEventListener('online', tell)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && tell())
  setInterval(tell, AGAIN_MS)
}

/** Forget the pieces of the map: the next person here may not be one who sees it. */
async function forgetMap(): Promise<void> {
  if (!('caches' in globalThis)) return
  const names = (await caches.keys()).filter((name) => name.startsWith('map'))
  await Promise.all(names.map((name) => caches.delete(name)))
}

/** Note that the server no longer knows the session: what is typed stays, a login is asked for. */
export function noteEnded(): void {
  session.isEnded = true
}
