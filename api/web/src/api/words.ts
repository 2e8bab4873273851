import { reactive } from 'vue'
import { language, said } from '../i18n.ts'
import { askJson, isNoAnswer } from './client.ts'
import type { Words } from './types.ts'

const KEPT = 'words'

const words = reactive<Words>(JSON.parse(localStorage.getItem(KEPT) ?? '{}'))

/** Fetch what people read for each code; kept for when there is no signal. */
export async function loadWords(): Promise<void> {
  try {
    const found = await askJson<Words>('/v1/words')
    Object.assign(words, found)
    localStorage.setItem(KEPT, JSON.stringify(found))
  } catch (error) {
    if (!isNoAnswer(error)) throw error
  }
}

/** What people read for a code; the code where it has no word. */
export function word(code: string): string {
  void language()
  const found = words[code]
  return found ? said(found) : code
}
