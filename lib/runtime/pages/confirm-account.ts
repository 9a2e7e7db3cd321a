import type { BrowserFlow } from '../../domain/connect/flow.ts'
import type { HeldAccount } from '../../domain/connect/flow-secrets.ts'
import type { Provider } from '../../domain/providers/provider.ts'
import { html, nameOf } from '../html.ts'
import { page } from '../page.ts'

interface AccountConfirmation {
  readonly flow: Pick<BrowserFlow, 'key' | 'userId' | 'orgId'>
  readonly provider: Provider
  readonly account: HeldAccount
  readonly action: string
  readonly csrf: string
  /** Where the browser may be sent after the decision. */
  readonly ends: readonly string[]
}

const whoMayUse = ({ shared }: Provider): string =>
  shared
    ? 'Everybody in that organization can then use this account through the application.'
    : 'Whoever is that user can then use this account through the application.'

/** The last page: which account it is, and whose it becomes. Until the answer its tokens are kept for nobody. */
export const confirmAccount = ({ flow, provider, account, action, csrf, ends }: AccountConfirmation) => {
  const [name = 'an account that the provider does not name', ...others] = account.names
  return page({
    title: 'Keep this connection?',
    main: html`<p>${nameOf(provider.name)} has granted access to this account. It is not connected yet.</p>
<dl>
<div><dt>Account at ${nameOf(provider.name)}</dt><dd>${nameOf(name)}${others.map((other) => html`<small>${nameOf(other)}</small>`)}</dd></div>
<div><dt>Will belong to the user</dt><dd>${nameOf(flow.userId)}</dd></div>
<div><dt>Organization of that user</dt><dd>${nameOf(flow.orgId)}</dd></div>
</dl>
<p>${whoMayUse(provider)} If that is not what you want, decline: the access is taken back.</p>
<form method="post" action="${action}" class="actions">
<input type="hidden" name="flow" value="${flow.key}">
<input type="hidden" name="csrf" value="${csrf}">
<button name="decision" value="keep">Connect this account</button>
<button name="decision" value="decline" class="other">Decline</button>
</form>`,
    formSchemes: ends.map((url) => new URL(url).protocol),
  })
}
