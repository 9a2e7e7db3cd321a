import { html } from '../html.ts'
import { page } from '../page.ts'

/** For whom a browser has taken to a path that there is not, the root of the API among them. */
export const nothingHere = page({
  title: 'There is no page here',
  main: html`<p>This is the address of Grantkeeper, which keeps connections to accounts for applications. It has no page at this path.</p>
<p>To connect an account, begin in your application: it leads you here and back. If a link has brought you here, it may have been copied only in part.</p>`,
})
