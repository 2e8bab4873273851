import { reactive, watch } from 'vue'
import { owner, session } from '../account/session.ts'
import { emptyForm, type AskForm } from './form.ts'

const KEPT = 'draft'

function read(): AskForm {
  const district = session.me?.districts.find((name) => name !== '*') ?? localStorage.getItem('district') ?? ''
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? 'null')
    if (kept && kept.owner === owner.value) return { ...emptyForm(district), ...kept.form }
  } catch {
    // what another version wrote and this one cannot read is no draft
  }
  return emptyForm(district)
}

/** The form as it is typed; it outlives a reload. */
export const draft = reactive(read())

watch(draft, (form) => {
  localStorage.setItem(KEPT, JSON.stringify({ owner: owner.value, form }))
  if (form.district) localStorage.setItem('district', form.district)
})

/** Begin anew. */
export function clearDraft(): void {
  const { district } = draft
  Object.assign(draft, emptyForm(district))
}

/** Take up another form, to be changed and sent again. */
export function takeUp(form: AskForm): void {
  Object.assign(draft, structuredClone(JSON.parse(JSON.stringify(form))))
}

/** Read again for who is logged in now. */
export function reread(): void {
  Object.assign(draft, read())
}
