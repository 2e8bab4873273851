import { forgetReplies } from '../act/replyForm.ts'
import { forgetDraft } from '../ask/draft.ts'
import { forgetGrids } from '../map/grids.ts'
import { cases } from '../kept/cases.ts'
import { notices } from '../work/notices.ts'
import { forgetKept, queue } from '../queue/queue.ts'
import { endHere, session } from './session.ts'

/** Log out, and take everything of who was here off the phone. */
export async function leave(): Promise<void> {
  await forgetKept(session.me!.name)
  await endHere()
}

/** Take what is known of somebody off the page at once. */
export function forgetShown(): void {
  cases.items = []
  queue.items = []
  notices.items = []
}

/** Take what somebody typed, and what they saw of the grids, off this tab and the browser. */
export function forgetTyped(name: string): void {
  forgetDraft(name)
  forgetReplies()
  forgetGrids()
}
