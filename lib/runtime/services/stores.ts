import { credentialStore } from '../../storage/credential-store.ts'
import { flowStore } from '../../storage/flow-store.ts'
import { grantStore } from '../../storage/grant-store.ts'
import { jobStore } from '../../storage/job-store.ts'
import { numberStore } from '../../storage/number-store.ts'
import { providerStore } from '../../storage/provider-store.ts'
import { ticketStore } from '../../storage/ticket-store.ts'
import { settingsOf } from './catalogue.ts'
import { table } from './table.ts'

export const providers = providerStore(table, settingsOf)
export const grants = grantStore(table, settingsOf)
export const flows = flowStore(table)
export const tickets = ticketStore(table)
export const jobs = jobStore(table)
export const credentials = credentialStore(table)
export const numbers = numberStore(table)
