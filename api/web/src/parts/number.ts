/** How people write a unit behind a number. Another unit is another number: that is not read. */
const WRITTEN: Record<string, RegExp> = { kW: /(kw|千瓦)$/i, kVA: /(kva|千伏安)$/i }

/** Read a number as people type it, with its unit or without; null where it is none. */
export function readNumber(text: string, unit = ''): number | null {
  const plain = text.normalize('NFKC').replaceAll(/[\s']/g, '').replace(WRITTEN[unit] ?? /$/, '')
  if (!plain) return null
  const parts = plain.split(',')
  // 1,250 is a thousand and more; 12,5 is twelve and a half
  const isThousands = parts.length > 1 && parts.slice(1).every((part) => /^\d{3}(\.\d+)?$/.test(part))
  const number = Number(isThousands ? parts.join('') : plain.replace(',', '.'))
  return Number.isFinite(number) ? number : null
}

/** Longitude and latitude out of one line, whatever stands between them; null where there are none. */
export function readPlace(text: string): [number, number] | null {
  const found = text.normalize('NFKC').match(/-?\d+(?:\.\d+)?/g)?.map(Number) ?? []
  if (found.length !== 2) return null
  const [first, second] = found as [number, number]
  // in China the longitude is the greater: who gives latitude first is understood as well
  return first > second ? [first, second] : [second, first]
}

/** A number of thousands with its digits, as it is read here. */
export function shown(value: number | string | null | undefined, digits = 0): string {
  if (value === null || value === undefined) return '—'
  if (value === 'inf' || value === Infinity) return '∞'
  return Number(value).toLocaleString('zh-CN', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** Money in units of ten thousand, as it is talked about. */
export function shownMoney(cny: number): string {
  return (cny / 10_000).toLocaleString('zh-CN', { minimumFractionDigits: 1, maximumFractionDigits: 1 })
}
