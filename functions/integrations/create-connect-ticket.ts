import { createConnectTicket } from '../../lib/contract/operations/connect-tickets.ts'
import { issueTicket } from '../../lib/domain/connect/issue-ticket.ts'
import { audit } from '../../lib/runtime/audit.ts'
import { configuration } from '../../lib/runtime/configuration.ts'
import { endpoint } from '../../lib/runtime/endpoint.ts'
import { grants, providers, tickets } from '../../lib/runtime/services/stores.ts'

export const handler = endpoint(createConnectTicket)(async ({ body, caller }) => {
  const { integrationId, ...request } = body
  const ports = { providers, grants, tickets, audit }
  const { ticket, expiresAt } = await issueTicket(ports, caller, integrationId, request)
  return {
    status: 201,
    body: {
      url: `${configuration.publicBaseUrl()}/oauth2/connect?ticket=${ticket}`,
      expiresAt: new Date(expiresAt).toISOString(),
    },
  }
})
