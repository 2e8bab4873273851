import { nextTick, reactive, watch } from 'vue'
import { owner, session } from '../account/session.ts'
import { emptyForm, type AskForm } from './form.ts'

const kept = (name: string): string => `draft-${name}`

function read(): AskForm {
  const district = session.me?.districts.find((name) => name !== '*') ?? localStorage.getItem('district') ?? ''
  try {
    // each tab has its own; a new one goes on where the last one was left
    const key = kept(owner.value)
    const form = JSON.parse(sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? 'null')
    if (form) return { ...emptyForm(district), ...form }
  } catch {
    // what another version wrote and this one cannot read is no draft
  }
  return emptyForm(district)
}

/** The form as it is typed; it outlives a reload. */
export const draft = reactive(read())

watch(draft, (form) => {
  if (!owner.value) return // nobody's
  for (const store of [sessionStorage, localStorage]) store.setItem(kept(owner.value), JSON.stringify(form))
  if (form.district) localStorage.setItem('district', form.district)
})

// what was confirmed was confirmed of one place
watch(
  () => draft.place && `${draft.place.lon} ${draft.place.lat} ${draft.place.system}`,
  () => (draft.routeConfirmed = false),
)

/** Begin anew; what was typed is returned, for who did not mean it. */
export function clearDraft(): AskForm {
  const typed: AskForm = JSON.parse(JSON.stringify(draft))
  Object.assign(draft, emptyForm(typed.district))
  return typed
}

/** Take up another form, to be changed and sent again. */
export function takeUp(form: AskForm): void {
  Object.assign(draft, JSON.parse(JSON.stringify(form)))
  void nextTick(() => (draft.routeConfirmed = form.routeConfirmed))
}

/** Read again for who is logged in now. */
export function reread(): void {
  takeUp(read())
}

/** Take somebody's draft off the phone. */
export function forgetDraft(name: string): void {
  for (const store of [sessionStorage, localStorage]) store.removeItem(kept(name))
}
