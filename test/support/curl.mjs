#!/usr/bin/env node
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

// Stands in for curl where a machine has none: what the sample flow uses of it, on the fetch of Node.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    silent: { type: 'boolean', short: 's' },
    location: { type: 'boolean', short: 'L' },
    output: { type: 'string', short: 'o' },
    request: { type: 'string', short: 'X' },
    header: { type: 'string', short: 'H', multiple: true },
    data: { type: 'string', short: 'd' },
    cookie: { type: 'string', short: 'b' },
    'cookie-jar': { type: 'string', short: 'c' },
    'write-out': { type: 'string', short: 'w' },
  },
})
const { data, output, location, cookie } = values
const jar = values['cookie-jar']
const cookies = new Map(cookie && existsSync(cookie) ? JSON.parse(readFileSync(cookie, 'utf8') || '[]') : [])
const headers = new Headers((values.header ?? []).map((line) => line.split(/: */, 2)))
if (data !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/x-www-form-urlencoded')

let url = positionals[0]
let request = {
  method: values.request ?? (data === undefined ? 'GET' : 'POST'),
  ...(data !== undefined && { body: data }),
}
let response
for (let hops = 0; hops < 20; hops++) {
  if (cookies.size > 0) headers.set('cookie', [...cookies].map((pair) => pair.join('=')).join('; '))
  response = await fetch(url, { ...request, headers, redirect: 'manual' })
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (name) cookies.set(name, value)
  }
  const next = response.headers.get('location')
  if (!location || !next || response.status > 399) break
  url = new URL(next, url).href
  request = { method: 'GET' }
}
const text = await response.text()
if (jar) writeFileSync(jar, JSON.stringify([...cookies]))
if (output) writeFileSync(output, text)
else process.stdout.write(text)
if (values['write-out'] === '%{url_effective}') process.stdout.write(url)
