import type { Application } from '../api/types.ts'
import { t } from '../i18n.ts'
import { shown } from '../parts/number.ts'

/** What an application is called that was not asked on this phone. */
export function describe(item: Application): string {
  const { kw, kva, category } = item.application as { kw: number | null; kva: number | null; category?: string }
  const power = kva ? `${shown(kva)} kVA` : kw ? `${shown(kw)} kW` : ''
  return `${power} ${category ? t(`category.${category}`) : ''}`.trim() || item.application_id.slice(4, 16)
}
