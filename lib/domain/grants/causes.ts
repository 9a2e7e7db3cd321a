import type * as z from 'zod'
import type { cause, whoMustAct } from '../../contract/schemas/diagnosis.ts'
import type { GrantReason } from './grant.ts'

export type Cause = z.output<typeof cause>

interface Words {
  readonly explanation: string
  readonly whoMustAct: z.output<typeof whoMustAct>
  readonly fix: string
}

/** Why a grant may not work: what a person reads, who must act, and how. */
export const causes: Readonly<Record<Cause, Words>> = {
  healthy: {
    explanation: 'The provider was asked just now, as far as it can be, and takes the token.',
    whoMustAct: 'nobody',
    fix: 'Nothing is to be done.',
  },
  missingScopes: {
    explanation: 'The connection works, but the provider has granted less than was asked for.',
    whoMustAct: 'user',
    fix: 'Connect the account again and leave every permission ticked.',
  },
  grantDead: {
    explanation: 'The provider refuses the refresh token for good: the access was withdrawn there, or it has expired.',
    whoMustAct: 'user',
    fix: 'Connect the account again.',
  },
  refreshOutcomeUnknown: {
    explanation:
      'The answer to a refresh was lost on its way, and the provider has refused the old refresh token since: it takes each one once.',
    whoMustAct: 'user',
    fix: 'Connect the account again.',
  },
  userActionRequired: {
    explanation:
      'The provider gives no token until the user has acted there: signed in again, confirmed a second factor, or agreed to something new. Or a policy of the account forbids this application.',
    whoMustAct: 'user',
    fix: 'Connect the account again and do what the provider asks for. Where it says that the application is forbidden, the administrator of the account must allow it first.',
  },
  tokenExpired: {
    explanation: 'The time of the access token is over, and there is no refresh token, or its time is over too.',
    whoMustAct: 'user',
    fix: 'Connect the account again. To stay connected, ask for the scope that makes the provider give a refresh token, such as offline_access.',
  },
  tokenRejected: {
    explanation: "The provider's API refuses the access token before its time, and no other can be had of this grant.",
    whoMustAct: 'user',
    fix: 'Connect the account again: most likely the access was withdrawn at the provider.',
  },
  clientRejected: {
    explanation:
      'The provider refuses the registered client: its secret is wrong or has expired, or the client is gone.',
    whoMustAct: 'admin',
    fix: 'PATCH the provider with a new clientSecret. Every connection works again then, and nobody has to reconnect.',
  },
  clientChanged: {
    explanation: 'The grant was given to another client than the one that the provider is registered with now.',
    whoMustAct: 'user',
    fix: 'Connect the account again.',
  },
  providerPaused: {
    explanation: 'An admin has paused the provider.',
    whoMustAct: 'admin',
    fix: 'PATCH the provider to the status active.',
  },
  providerDisabled: {
    explanation: 'An admin has switched the provider off.',
    whoMustAct: 'admin',
    fix: 'PATCH the provider to the status active.',
  },
  providerDeleting: {
    explanation: 'The provider is being deleted, and this grant with it.',
    whoMustAct: 'nobody',
    fix: 'Nothing can be done: the grant is about to go.',
  },
  providerDeletionFailed: {
    explanation: 'The provider was to be deleted, and its job has failed.',
    whoMustAct: 'admin',
    fix: 'DELETE the provider again: that takes up what is left.',
  },
  upstreamUnavailable: {
    explanation:
      'The provider cannot be reached, fails, or limits how often it is asked. Nothing is known to be wrong.',
    whoMustAct: 'provider',
    fix: 'Wait: it is tried again by itself, and tokens that are still good are served meanwhile.',
  },
  upstreamAnswer: {
    explanation: 'The provider gives an answer that cannot be used.',
    whoMustAct: 'admin',
    fix: "POST to the provider's verify/ and look at what fails there, then at the log.",
  },
  sealBroken: {
    explanation: 'A stored secret cannot be opened: it was altered, or belongs to something else.',
    whoMustAct: 'operator',
    fix: 'Look at the log, and at who changed the table or the key.',
  },
}

/** The cause that the state alone tells. */
export const causeByReason: Readonly<Record<Exclude<GrantReason, 'ok'>, Cause>> = {
  adminInactive: 'providerPaused',
  adminDisabled: 'providerDisabled',
  deleting: 'providerDeleting',
  deletionFailed: 'providerDeletionFailed',
  invalidClient: 'clientRejected',
  clientChanged: 'clientChanged',
  invalidGrant: 'grantDead',
  refreshOutcomeUnknown: 'refreshOutcomeUnknown',
  userActionRequired: 'userActionRequired',
  tokenRefused: 'tokenRejected',
  tokenExpired: 'tokenExpired',
}
