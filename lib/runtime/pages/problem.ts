import { type Problem, type ProblemCode, problems } from '../../domain/problem.ts'
import { html } from '../html.ts'
import { page } from '../page.ts'

/** Page titles, what happened, and what to do next, where the table of problems speaks to programs. */
const texts: Partial<Record<ProblemCode, readonly [title: string, happened: string, next: string]>> = {
  consentDenied: [
    'Access was not granted',
    'The provider says that access to the account was not granted. Nothing was connected.',
    'To try again, begin anew in your application.',
  ],
  stateRefused: [
    'This connection is over',
    'It was finished already, or it took too long. Nothing more happens here.',
    'Look in your application whether the account is connected. If not, begin again there.',
  ],
  ticketRefused: [
    'This link is no longer good',
    'It works once, and must be opened within a minute.',
    'Go back to your application and begin again there.',
  ],
  otherBrowser: [
    'This is another browser',
    'The connection was begun in another browser, and can only be finished there. Nothing was connected.',
    'Go back to the browser in which you began. If you have not begun anything, somebody else has sent you here: close this page.',
  ],
  formRefused: [
    'This did not come from our page',
    'Something else has sent this form, or your browser did not keep the cookie of its page. Nothing was connected.',
    'Allow cookies for this site, and begin again in your application.',
  ],
  providerNotActive: [
    'The provider is switched off',
    'An admin must look at its settings. Nothing was connected.',
    'Tell an admin of your organization, and begin again when that is done.',
  ],
  sharedConnection: [
    'There is a connection already',
    'This provider is shared: one account is connected for the whole organization, and it is not yours.',
    'Its owner or an admin must disconnect it before another can be connected.',
  ],
  upstreamUnavailable: [
    'The provider could not be reached',
    'Nothing was connected so far.',
    'Load this page again in a moment. If that does not help, begin again in your application.',
  ],
  internetOff: [
    'This stack calls nobody beyond this machine',
    'It was started without --internet. Nothing was connected.',
    'Start it by npm start -- --internet, and begin again in your application.',
  ],
  tryAgain: ['This takes longer than it should', 'Nothing is lost.', 'Load this page again in a moment.'],
  internal: [
    'Something went wrong',
    'The failure is ours, and is on record.',
    'Look in your application whether the account is connected. If not, begin again there.',
  ],
}

const anyOther = [
  'The account could not be connected',
  'Begin again in your application. If that does not help, tell an admin.',
] as const

/** The page for a problem. Nothing that the request brought is in it. */
export const problemPage = ({ code }: Problem) => {
  const [title, happened, next] = texts[code] ?? [anyOther[0], problems[code][1], anyOther[1]]
  return page({ title, main: html`<p>${happened}</p>\n<p>${next}</p>` })
}
