import type { Grant } from '../../domain/grants/grant.ts'
import type { Provider } from '../../domain/providers/provider.ts'
import { html, nameOf } from '../html.ts'
import { page } from '../page.ts'

/** It is done. */
export const connected = ({ name }: Provider, { userId, orgId }: Grant) =>
  page({
    title: 'Your account is connected',
    main: html`<p>The account at ${nameOf(name)} now belongs to the user ${nameOf(userId)} of ${nameOf(orgId)}.</p>
<p>You can close this page and go back to your application.</p>`,
  })
