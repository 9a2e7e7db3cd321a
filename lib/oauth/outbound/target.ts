import { isIP } from 'node:net'
import { addressKind } from './address.ts'

/** Where outbound calls may go. */
export interface TargetOptions {
  /** Only in local mode: this machine may be called as well, and by http. */
  readonly loopback: boolean
  /** Hosts (`host` or `host:port`) an operator has named as reachable though private. */
  readonly privateHosts: readonly string[]
}

/**
 * Why a URL may not be called, in words for the person who typed it; `undefined` when it may.
 * Judges the syntax and literal addresses only: names are resolved, and judged again, when the call is made.
 */
export function checkUrl(url: string, options: TargetOptions): string | undefined {
  const target = URL.parse(url)
  if (!target) return 'is not a URL'
  const mayBePlain = options.loopback && isThisMachine(target)
  if (target.protocol !== 'https:' && !(mayBePlain && target.protocol === 'http:')) return 'must begin with https://'
  if (target.username || target.password) return 'must not contain a user name or password'
  return checkHost(target, options)
}

/** Why a resolved address may not be connected to on behalf of `target`; `undefined` when it may. */
export function checkAddress(address: string, target: URL, options: TargetOptions): string | undefined {
  const kind = addressKind(address)
  // A name of elsewhere that leads here is as wrong as localhost that leads elsewhere.
  if (options.loopback && isThisMachine(target)) return kind === 'loopback' ? undefined : 'is not on this machine'
  if (kind === 'public') return undefined
  if (kind === 'private') return isNamedPrivate(target, options) ? undefined : 'is at a private address'
  return kind === 'loopback' ? 'is at a loopback address' : 'is at an address that is not public'
}

/** Whether a URL says itself that it is on this machine: nothing need be looked up to know. */
export function isThisMachine(target: URL): boolean {
  const host = hostOf(target)
  return isIP(host) ? addressKind(host) === 'loopback' : host === 'localhost' || host.endsWith('.localhost')
}

/** Throws a `RangeError` that names the first entry of `privateHosts` that is neither `host` nor `host:port`. */
export function checkPrivateHosts(privateHosts: readonly string[]): void {
  for (const entry of privateHosts) {
    if (!parseHost(entry)) throw new RangeError(`privateHosts: "${entry}" is not a host or host:port`)
  }
}

function checkHost(target: URL, options: TargetOptions): string | undefined {
  const host = hostOf(target)
  if (isIP(host)) return checkAddress(host, target, options)
  if (isThisMachine(target)) return options.loopback ? undefined : 'is at a loopback address'
  const looksPrivate = !host.includes('.') || /\.(internal|local)$/.test(host)
  return looksPrivate && !isNamedPrivate(target, options) ? 'is a private host' : undefined
}

function isNamedPrivate(target: URL, options: TargetOptions): boolean {
  return options.privateHosts.some((entry) => {
    const named = parseHost(entry)
    return named?.host === hostOf(target) && (named.port === undefined || named.port === portOf(target))
  })
}

function parseHost(entry: string): { host: string; port: number | undefined } | undefined {
  const url = URL.parse(`https://${entry}`)
  if (!url || /[/?#@*\\\s]/.test(entry)) return undefined
  const hasPort = /:\d+$/.test(entry)
  return { host: hostOf(url), port: hasPort ? portOf(url) : undefined }
}

/** The host without brackets and without the root's dot. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
}

function portOf(url: URL): number {
  return url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
}
