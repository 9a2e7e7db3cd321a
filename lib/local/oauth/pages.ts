import { createHash } from 'node:crypto'

const STYLE = `
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 30rem; margin: 3rem auto; padding: 0 1rem }
label, input { display: block; font: inherit; width: 100%; box-sizing: border-box }
input { padding: .5rem; margin: .25rem 0 1rem }
button { font: inherit; padding: .5rem 1.5rem; margin-right: .5rem }
[role=alert] { border-left: .3rem solid #b00; padding-left: .7rem }
`
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/**
 * Headers of every page. There is no form-action: browsers apply it to the redirect that follows a form as well,
 * and that one leads to the client.
 */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'`,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/** The page that asks for an account name, at `site` where there are several; `problem` says why it is shown again. */
export function loginPage(input: { account: string; problem?: string; site?: string }): string {
  return page(
    at('Sign in', input.site),
    `${input.problem === undefined ? '' : `<p role="alert" id="problem">${escapeHtml(input.problem)}</p>`}
<form method="post">
<label for="account">Account name</label>
<input id="account" name="account" value="${escapeHtml(input.account)}" maxlength="100" required autofocus autocomplete="username" aria-describedby="hint">
<p id="hint">Any name will do, e.g. ada or grace; there is no password.</p>
<button name="decision" value="signIn">Sign in</button>
</form>`,
  )
}

/** The page that asks an account whether a client may have these scopes. */
export function consentPage(input: {
  account: string
  client: string
  scopes: readonly string[]
  site?: string
}): string {
  return page(
    at('Allow access', input.site),
    `<p><strong>${escapeHtml(input.client)}</strong> asks for access to the account <strong>${escapeHtml(input.account)}</strong>:</p>
<ul>${input.scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join('')}</ul>
<form method="post">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`,
  )
}

/** The page that asks for the code a device shows; `problem` says why it is shown again. */
export function userCodePage(input: { site: string; userCode: string; problem?: string }): string {
  return page(
    at('Connect a device', input.site),
    `${input.problem === undefined ? '' : `<p role="alert" id="problem">${escapeHtml(input.problem)}</p>`}
<form method="post">
<label for="user_code">The code that your device shows</label>
<input id="user_code" name="user_code" value="${escapeHtml(input.userCode)}" maxlength="20" required autofocus autocomplete="off">
<button name="decision" value="continue">Continue</button>
</form>`,
  )
}

/** The same page of a server that brings a form of its own. */
export function deviceCodePage(input: { form: string; problem?: string }): string {
  return page(
    'Connect a device',
    `${input.problem === undefined ? '' : `<p role="alert" id="problem">${escapeHtml(input.problem)}</p>`}
<p>Type in the code that your device shows.</p>
${input.form}
<button form="op.deviceInputForm">Continue</button>`,
  )
}

/** The page that asks whether a code is that of the person's own device, on the form of the server. */
export function deviceConfirmPage(input: { form: string; client: string; userCode: string }): string {
  return page(
    'Connect a device',
    `<p><strong>${escapeHtml(input.client)}</strong> wants to be connected. Does your device show <strong>${escapeHtml(input.userCode)}</strong>?</p>
${input.form}
<button form="op.deviceConfirmForm">It does</button>
<button form="op.deviceConfirmForm" name="abort" value="yes">It does not</button>`,
  )
}

/** The page after a decision that a device hears of by itself. */
export function donePage(): string {
  return page('Done', '<p>Go back to your device.</p>')
}

/** The page for what cannot be sent back to the client. */
export function errorPage(input: { error: string; description: string }): string {
  return page(
    'Something went wrong',
    `<p role="alert">${escapeHtml(input.description)}</p><p>Error: <code>${escapeHtml(input.error)}</code></p>`,
  )
}

/** What a page is about, with the site where there are several. */
function at(title: string, site: string | undefined): string {
  return site === undefined ? title : `${title} - ${escapeHtml(site)}`
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Demo upstream</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
