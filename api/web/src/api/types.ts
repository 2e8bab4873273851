import type { components } from '../../described.ts'

type Schemas = components['schemas']

export type Me = Schemas['MeOut']
export type AppInfo = Schemas['AppInfoOut']
export type Grid = Schemas['GridOut']
export type Application = Schemas['ApplicationOut']
export type ApplicationDetail = Schemas['ApplicationDetail']
export type Hold = Schemas['HoldOut']
export type Reply = Schemas['ReplyOut']
export type Plan = Schemas['SupplyPlan']
export type Option = Schemas['Option']
export type Check = Schemas['Check']
export type Rejected = Schemas['Rejected']
export type PlanVersion = Omit<Schemas['PlanOut'], 'plan'> & { plan: Plan }
export type Words = Record<string, { zh: string; en: string }>
