// Days and hours are the company's, wherever the phone thinks it is.
const ZONE = 'Asia/Shanghai'
const MOMENT = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, dateStyle: 'medium', timeStyle: 'short' })
const HOUR = new Intl.DateTimeFormat('zh-CN', { timeZone: ZONE, timeStyle: 'short' })
// the one language that writes a day as the standard does
const DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE })

/** A moment with its day and hour. */
export function shownMoment(at: string | Date): string {
  return MOMENT.format(new Date(at))
}

/** The hour of a moment of today. */
export function shownHour(at: string | Date): string {
  return HOUR.format(new Date(at))
}

/** The day a moment lies in, as YYYY-MM-DD. */
export function dayOf(at: string | Date): string {
  return DAY.format(new Date(at))
}

/** The last day that lies wholly before a moment: something ends with it. */
export function lastDayBefore(at: string | Date): string {
  return DAY.format(new Date(new Date(at).getTime() - 1))
}
