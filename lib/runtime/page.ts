import { createHash } from 'node:crypto'
import { Html, html } from './html.ts'
import { style } from './pages/style.ts'

const styleHash = createHash('sha256').update(style).digest('base64')

/** A page: what it is about, what it says, and whether it has a form that leads off this site. */
export interface Page {
  readonly title: string
  readonly main: Html
  /**
   * The schemes of the URLs that its form may end at; without any, no form may be sent. Browsers hold the whole chain of
   * redirects behind a form against this list, and through which hosts a provider leads its users nobody knows: to name
   * the first would stop whoever has a single sign-on behind it.
   */
  readonly formSchemes?: readonly string[]
}

/** No script, no frame, no resource from anywhere; the one style is named by its hash. */
const policy = (formSchemes: readonly string[] | undefined): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "base-uri 'none'",
    `form-action ${formSchemes ? ["'self'", ...new Set(formSchemes)].join(' ') : "'none'"}`,
    "frame-ancestors 'none'",
  ].join('; ')

/** A page for a person, as a reply has it. */
export const page = ({ title, main, formSchemes }: Page) => ({
  headers: {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy(formSchemes),
    // For browsers that do not know the policy.
    'X-Frame-Options': 'DENY',
  },
  body: html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Grantkeeper</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${main}
</main>
</body>
</html>
`.text,
})
