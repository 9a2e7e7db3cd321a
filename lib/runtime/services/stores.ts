import { flowStore } from '../../storage/flow-store.ts'
import { grantStore } from '../../storage/grant-store.ts'
import { jobStore } from '../../storage/job-store.ts'
import { providerStore } from '../../storage/provider-store.ts'
import { table } from './table.ts'

export const providers = providerStore(table)
export const grants = grantStore(table)
export const flows = flowStore(table)
export const jobs = jobStore(table)
