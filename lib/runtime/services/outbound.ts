import { checkUrl, createOutbound } from '../../oauth/outbound/outbound.ts'
import { configuration, isLocal } from '../configuration.ts'

const options = { loopback: isLocal(), privateHosts: configuration.privateHosts() }

export const outbound = createOutbound({ ...options, internet: configuration.internet() })

/** Undefined when requests may go to this URL, else the reason why not. */
export const refuseUrl = (url: string): string | undefined => checkUrl(url, options)
