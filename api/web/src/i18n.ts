import { createI18n } from 'petite-vue-i18n'
import zh from './messages/zh.json'

const KEPT = 'language'
export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export const i18n = createI18n({
  legacy: false,
  // messages hold named places and nothing else: the library's own compiler would be 5 kB for nothing
  messageCompiler: (message) => (context: { named: (name: string) => unknown }) =>
    String(message).replace(/\{(\w+)\}/g, (_place, name: string) => String(context.named(name))),
  locale: 'zh',
  fallbackLocale: 'zh',
  messages: { zh } as Record<string, typeof zh>,
})

export const { t } = i18n.global

export function language(): Language {
  return i18n.global.locale.value as Language
}

/** Speak another language from now on; English is fetched when it is first asked for. */
export async function speak(chosen: Language): Promise<void> {
  if (chosen === 'en') i18n.global.setLocaleMessage('en', (await import('./messages/en.json')).default)
  i18n.global.locale.value = chosen
  document.documentElement.lang = chosen === 'zh' ? 'zh-CN' : 'en'
  localStorage.setItem(KEPT, chosen)
}

/** Speak as last time. */
export async function speakAsBefore(): Promise<void> {
  if (localStorage.getItem(KEPT) === 'en') await speak('en')
}

/** The sentence of a server's message in the language spoken. */
export function said(message: { zh: string; en: string }): string {
  return language() === 'zh' ? message.zh : message.en
}

/** The half of a sentence of the server that speaks both languages: English / Chinese. */
export function half(detail: string): string {
  const parts = detail.split(' / ')
  if (parts.length < 2) return detail
  return language() === 'zh' ? parts.slice(parts.length / 2).join(' / ') : parts.slice(0, parts.length / 2).join(' / ')
}
