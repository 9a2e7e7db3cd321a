import { html } from '../html.ts'
import { page } from '../page.ts'

/**
 * For whom a provider has sent back here with a flow of no browser: it was begun by an application under that person's
 * own token, and only that application can finish it. Nothing is exchanged, and the state stays unused.
 */
export const returnToApplication = page({
  title: 'Return to your application',
  main: html`<p>The provider has sent you back. Nothing is connected yet: the application in which you began finishes the connection.</p>
<p>Go back to its window. If it asks for the address of this page, copy it from the address bar; it works once, for ten minutes, and for nobody but you.</p>`,
})

/** The same where the provider says that it has not granted access. Why it says to the application. */
export const refusedForApplication = page({
  title: 'Access was not granted',
  main: html`<p>The provider has sent you back and says that access to the account was not granted. Nothing was connected.</p>
<p>Go back to the window of the application in which you began. If it asks for the address of this page, copy it from the address bar: it says why. To try again, begin anew there.</p>`,
})
