import { createHash } from 'node:crypto'

const style = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem;color:#1a1a1a;background:#fff}
@media (prefers-color-scheme:dark){body{color:#eee;background:#161616}}`
const styleHash = createHash('sha256').update(style).digest('base64')

/** No script, no frame, no resource from anywhere; the one style is named by its hash. */
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** A page for a person. The content is ours: nothing that a request brought may be in it. */
export const page = (content: string, headers: Readonly<Record<string, string>>) => ({
  headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy },
  body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Grantkeeper</title><style>${style}</style></head>
<body><main>${content}</main></body>
</html>
`,
})
