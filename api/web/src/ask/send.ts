import { owner } from '../account/session.ts'
import { t } from '../i18n.ts'
import type { Case } from '../kept/case.ts'
import { now } from '../kept/clock.ts'
import { inSystem } from '../map/inSystem.ts'
import type { Preliminary } from '../pack/preliminary.ts'
import { dayOf } from '../parts/moment.ts'
import { shown } from '../parts/number.ts'
import { addWithCase } from '../queue/queue.ts'
import { asked, totals, type AskForm } from './form.ts'

/** Keep what is asked as a case and have it sent as soon as it can be; return the case's id at once. */
export async function send(form: AskForm): Promise<string> {
  const id = crypto.randomUUID()
  const kept: AskForm = JSON.parse(JSON.stringify(form))
  const item: Case = {
    id, owner: owner.value, label: form.label.trim() || nameOf(form), form: kept, phase: 'waiting',
    askedAt: now().toISOString(),
  }
  item.preliminary = await opinion(kept)
  const body = { ...asked(kept, item.owner), completed_on: dayOf(item.askedAt) }
  await addWithCase(item, { id: `${id}:accept`, caseId: id, kind: 'application', body }, kept.follows)
  return id
}

/** What a pack on the phone says of it; nothing where none reaches so far. */
async function opinion(form: AskForm): Promise<Preliminary | undefined> {
  const [{ findPack }, { preliminaryAnswer }] = await Promise.all([
    import('../pack/packs.ts'),
    import('../pack/preliminary.ts'),
  ])
  const pack = await findPack(await inSystem(form.place!, 'cgcs2000'))
  return pack && preliminaryAnswer(form, pack)
}

/** What a case is called unless the customer manager gives it a name. */
export function nameOf(form: AskForm): string {
  const power =
    form.by === 'kva' ? `${shown(form.kva)} kVA` : `${shown(form.by === 'kw' ? form.kw : totals(form.equipment).kw)} kW`
  return `${power} ${t(`category.${form.category}`)}`
}
