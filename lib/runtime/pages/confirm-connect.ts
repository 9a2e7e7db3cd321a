import type { Ticket } from '../../domain/connect/ticket.ts'
import type { Provider } from '../../domain/providers/provider.ts'
import { html, nameOf } from '../html.ts'
import { page } from '../page.ts'

interface Confirmation {
  readonly ticket: Pick<Ticket, 'key' | 'userId' | 'orgId' | 'returnTo'>
  readonly provider: Provider
  /** Where the form goes. */
  readonly action: string
  readonly csrf: string
}

/** Before anything begins: who is about to connect an account, to what. Somebody else may have sent the link. */
export const confirmConnect = ({ ticket, provider, action, csrf }: Confirmation) =>
  page({
    title: 'Connect an account?',
    main: html`<p>You are about to connect an account to an application. Check that this is you:</p>
<dl>
<div><dt>Provider of the account</dt><dd>${nameOf(provider.name)}<small>${nameOf(new URL(provider.settings.authorizationUrl).host)}</small></dd></div>
<div><dt>Will belong to the user</dt><dd>${nameOf(ticket.userId)}</dd></div>
<div><dt>Organization of that user</dt><dd>${nameOf(ticket.orgId)}</dd></div>
</dl>
<p>If that is somebody else, or you have not asked for this, close this page: nothing has happened.</p>
<form method="post" action="${action}" class="actions">
<input type="hidden" name="ticket" value="${ticket.key}">
<input type="hidden" name="csrf" value="${csrf}">
<button>Continue to ${nameOf(provider.name)}</button>
</form>`,
    formSchemes: [provider.settings.authorizationUrl, ticket.returnTo ?? action].map((url) => new URL(url).protocol),
  })
