import type { Provider } from '../../domain/providers/provider.ts'
import { html, nameOf } from '../html.ts'
import { page } from '../page.ts'

/** The person has said no on the last page. */
export const declined = ({ name }: Provider) =>
  page({
    title: 'Nothing was connected',
    main: html`<p>You have declined, so ${nameOf(name)} was asked to take the access back, where it knows how.</p>
<p>You can close this page. To connect an account after all, begin again in your application.</p>`,
  })
