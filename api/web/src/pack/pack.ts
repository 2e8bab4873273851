import type { components } from '../../described.ts'

export type PackPoint = components['schemas']['PackPoint']
export type PackRules = components['schemas']['PackRules']

/** A district in a pocket: enough for an opinion without a signal. */
export type Pack = components['schemas']['PackOut'] & { id: string }
