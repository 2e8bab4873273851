import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
import type { AppInfo } from '../api/types.ts'
import { Refusal } from '../api/client.ts'
import { half, t } from '../i18n.ts'
import { keepSignIn, session } from './session.ts'

type SignIn = NonNullable<AppInfo['sign_in']>

function manager({ issuer, client_id, scope }: SignIn): UserManager {
  return new UserManager({
    authority: issuer,
    client_id,
    scope,
    redirect_uri: here(),
    response_type: 'code',
    // only what is needed until the answer comes back; the token itself goes into a cookie
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    automaticSilentRenew: false,
    monitorSession: false,
  })
}

function here(): string {
  return location.origin + location.pathname
}

/** Go to the company's sign-in; it comes back here. */
export async function begin(signIn: SignIn): Promise<void> {
  sessionStorage.setItem('after', location.hash)
  await manager(signIn).signinRedirect()
}

/** Take over what the sign-in answered in the address; nothing of it stays there, whatever it is. */
export async function finish(signIn: SignIn): Promise<void> {
  const answered = location.href
  history.replaceState(null, '', here() + (sessionStorage.getItem('after') ?? ''))
  const users = manager(signIn)
  try {
    const user = await users.signinCallback(answered)
    await users.removeUser()
    const token = user?.id_token ?? user?.access_token
    if (token) await keepSignIn(token)
  } catch (error) {
    session.isEnded = true
    session.refusal = error instanceof Refusal ? half(error.message) : t('login.refused')
  }
}
