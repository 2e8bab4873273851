import { computed, reactive, ref } from 'vue'
import type { components } from '../../described.ts'
import { askJson, isNoAnswer } from '../api/client.ts'
import { owner, session } from '../account/session.ts'
import { t } from '../i18n.ts'

export type Notice = components['schemas']['NoticeOut']

const AGAIN_MS = 60_000
const MOST_KEPT = 200

export const notices = reactive<{ items: Notice[] }>({ items: [] })
const seen = ref(0)
// what one does oneself is listed, but nobody has to be called for it
const OWN_DOING = new Set([
  'application.draft', 'application.accepted', 'application.planned', 'application.held', 'application.replied',
  'plan.made', 'hold.placed', 'hold.changed', 'correction.opened',
])
/** Notices that were not looked at yet and that others, or the clock, caused. */
export const noticeCount = computed(
  () => notices.items.filter((item) => item.number > seen.value && !OWN_DOING.has(item.kind)).length,
)

function key(): string {
  return `notices-seen-${owner.value}`
}

async function look(): Promise<void> {
  if (session.isEnded || !session.me) return
  const last = notices.items[0]?.number ?? 0
  try {
    const { items } = await askJson<{ items: Notice[] }>(`/v1/notices?limit=${MOST_KEPT}${last ? `&after=${last}` : ''}`)
    const fresh = items.filter((item) => item.number > last).sort((a, b) => b.number - a.number)
    notices.items = [...fresh, ...notices.items].slice(0, MOST_KEPT)
    if (last) fresh.filter((item) => !OWN_DOING.has(item.kind)).forEach(tell)
  } catch (error) {
    if (!isNoAnswer(error)) throw error
  }
}

/** Tell through the phone itself, where the user allowed it and does not look. */
function tell(notice: Notice): void {
  if (!('Notification' in window) || Notification.permission !== 'granted' || document.visibilityState === 'visible') return
  void navigator.serviceWorker?.ready.then((registration) =>
    registration.showNotification(t('app.name'), { body: notice.zh, tag: String(notice.number), icon: './icon-192.png' }),
  )
}

let timer = 0
/** Look for notices of who is logged in, now and every minute. */
export function watchNotices(): void {
  notices.items = []
  seen.value = Number(localStorage.getItem(key()) ?? 0)
  clearInterval(timer)
  void look()
  timer = window.setInterval(() => void look(), AGAIN_MS)
}

export function markSeen(): void {
  seen.value = notices.items[0]?.number ?? seen.value
  localStorage.setItem(key(), String(seen.value))
}

export { look as lookForNotices }
