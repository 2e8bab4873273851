import { inject, provide, reactive, type InjectionKey } from 'vue'

/** Fields of a form in which something stands that is no number it takes: by id, what is wrong. */
export type Unreadable = {
  said: Map<string, string>
  /** Counts how often the form was emptied. */
  emptied: number
}

const KEY: InjectionKey<Unreadable> = Symbol('unreadable')

/** Collect what cannot be read in the fields below a form: nothing of it may be left out in silence. */
export function collectUnreadable(): Unreadable {
  const unreadable = reactive<Unreadable>({ said: new Map(), emptied: 0 })
  provide(KEY, unreadable)
  return unreadable
}

/** Of the form a field stands in; null where none collects. */
export function unreadableOfForm(): Unreadable | null {
  return inject(KEY, null)
}
