import { computed, reactive } from 'vue'
import { askJson, noteLogin, Refusal, Unreached } from '../api/client.ts'
import type { AppInfo, Me } from '../api/types.ts'

const KEPT = 'me'

/** Who is logged in here. The session itself is a cookie no script can read. */
export const session = reactive<{ me: Me | null; isEnded: boolean; info: AppInfo | null; refusal: string }>({
  me: JSON.parse(localStorage.getItem(KEPT) ?? 'null'),
  isEnded: false,
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
  session.me = JSON.parse(newValue ?? 'null')
  session.isEnded = !session.me
})

let hasBegun = false
function begin(me: Me): void {
  hasBegun = true
  noteLogin()
  localStorage.removeItem(LEAVING)
  if (session.me && session.me.name !== me.name) void forgetMap()
  session.me = me
  session.isEnded = false
  localStorage.setItem(KEPT, JSON.stringify(me))
}

/** Ask who is logged in; without signal the last one stays. */
export async function refresh(): Promise<void> {
  try {
    if (localStorage.getItem(LEAVING)) await endSession()
    const [info, me] = await Promise.all([
      askJson<AppInfo>('/app-info'),
      askJson<Me>('/v1/sessions/current').catch((error) => {
        if (error instanceof Refusal && error.status === 401) return null
        throw error
      }),
    ])
    session.info = info
    localStorage.setItem('info', JSON.stringify(info))
    // who logged in meanwhile knows better than what was asked before
    if (hasBegun) return
    if (me) begin(me)
    else session.isEnded = true
  } catch (error) {
    if (!(error instanceof Unreached)) throw error
  }
}

export async function logIn(name: string, password: string): Promise<void> {
  begin(await askJson<Me>('/v1/sessions/browser', { body: { name, password } }))
}

export async function keepSignIn(token: string): Promise<void> {
  begin(await askJson<Me>('/v1/sessions/sign-in', { body: { token } }))
}

const LEAVING = 'leaving'

/** End the session: first on the phone, and with the server as soon as it can be told. */
export async function logOut(): Promise<void> {
  session.me = null
  session.isEnded = true
  localStorage.removeItem(KEPT)
  localStorage.setItem(LEAVING, 'yes')
  await forgetMap()
  await endSession()
}

/** Tell the server of a log out it has not heard of. Throws where it cannot be told yet. */
async function endSession(): Promise<void> {
  await askJson('/v1/sessions/current', { method: 'DELETE' }).catch((error) => {
    if (!(error instanceof Refusal)) throw error
  })
  localStorage.removeItem(LEAVING)
}

/** Forget the pieces of the map: the next person here may not be one who sees it. */
async function forgetMap(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name.startsWith('map'))
  await Promise.all(names.map((name) => caches.delete(name)))
}

/** Note that the server no longer knows the session: what is typed stays, a login is asked for. */
export function noteEnded(): void {
  session.isEnded = true
}
