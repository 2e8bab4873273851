import { t } from '../i18n.ts'
import { isOnline } from '../kept/online.ts'

/** Tells the server that a page of its own asks, and whose: another site's form cannot send it. */
const OWN_PAGE = 'X-Supply-Plan'

/** One thing that is wrong with what was sent. */
export type Problem = { field: string; zh: string; en: string }

/** Whether an answer did not come for a reason that passes, or is the user's to see elsewhere. */
export function isNoAnswer(error: unknown): boolean {
  return error instanceof Unreached || error instanceof Refusal
}

/** What the server refused, as its problem details say it. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly problems: Problem[] = [],
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail)
  }
}

/** The server was not reached, or cannot answer now: the same may be sent again later. */
export class Unreached extends Error {}

/** The server was reached and failed at this very request; others may well succeed. */
export class Failed extends Unreached {}

let whose: () => string | null = () => ''
/**
 * Have every question say whose page it is; one login of another person must not speak for both.
 * Null: somebody has left and the server has not heard of it, so the old session may ask nothing more.
 */
export function onWhose(then: () => string | null): void {
  whose = then
}

let logins = 0
/** Note that somebody has logged in: what was asked before that tells nothing of their session. */
export function noteLogin(): void {
  logins++
}

let ended: () => void = () => undefined
/** Have something told that the server does not know the session any more. */
export function onEnded(then: () => void): void {
  ended = then
}

export type Sending = {
  method?: string
  body?: unknown
  /** Makes it happen once, however often it is sent. */
  key?: string
  headers?: Record<string, string>
  signal?: AbortSignal
  /** In whose name, where that may not be who is logged in by now. */
  whose?: string
}

let heard: (at: Date) => void = () => undefined
/** Have something told the server's time with every answer. */
export function onHeard(then: (at: Date) => void): void {
  heard = then
}

const BUSY = 429
const FAULT = 500
/** Status of who is not known, or is no longer. */
export const UNKNOWN = 401
const PATIENCE_MS = 30_000

/** Ask the server; throws `Refusal` or `Unreached`. */
export async function ask(path: string, sending: Sending = {}): Promise<Response> {
  const before = logins
  const asker = sending.whose ?? whose()
  const isOfSession = path.startsWith('/v1/sessions')
  if (whose() === null && path.startsWith('/v1/') && !isOfSession) throw new Refusal(UNKNOWN, 'leaving', t('login.ended'))
  const isBinary = sending.body instanceof Blob
  const headers: Record<string, string> = { [OWN_PAGE]: encodeURIComponent(asker ?? ''), ...sending.headers }
  if (sending.body !== undefined)
    headers['Content-Type'] ??= isBinary ? (sending.body as Blob).type : 'application/json'
  if (sending.key) headers['Idempotency-Key'] = sending.key
  let answer: Response
  try {
    answer = await fetch(path.replace(/^\//, './'), {
      method: sending.method ?? (sending.body === undefined ? 'GET' : 'POST'),
      headers,
      body: isBinary ? (sending.body as Blob) : JSON.stringify(sending.body),
      credentials: 'same-origin',
      signal: sending.signal ?? AbortSignal.timeout(PATIENCE_MS),
    })
  } catch (error) {
    isOnline.value = false
    throw new Unreached(String(error))
  }
  // one that was under way when the signal went says nothing of now
  isOnline.value = navigator.onLine
  const date = answer.headers.get('date')
  if (date) heard(new Date(date))
  if (answer.ok) return answer
  const problem = await answer.json().catch(() => ({}))
  if (answer.status === UNKNOWN && !isOfSession) {
    // what was asked before somebody logged in, or for another, tells nothing of who is here now
    if (before === logins && asker === whose()) ended()
    throw new Refusal(answer.status, problem.code ?? 'unknown', t('login.ended'))
  }
  if (answer.status === FAULT) throw new Failed(problem.detail ?? `HTTP ${answer.status}`)
  if (answer.status === BUSY || answer.status > FAULT) throw new Unreached(problem.detail ?? `HTTP ${answer.status}`)
  throw new Refusal(
    answer.status,
    problem.code ?? 'unknown',
    problem.detail ?? `HTTP ${answer.status}`,
    problem.problems ?? [],
    problem,
  )
}

/** Ask for JSON. */
export async function askJson<T>(path: string, sending: Sending = {}): Promise<T> {
  const answer = await ask(path, sending)
  if (answer.status === 204) return undefined as T
  try {
    return (await answer.json()) as T
  } catch (error) {
    // the line broke in the middle of it
    throw new Unreached(String(error))
  }
}
