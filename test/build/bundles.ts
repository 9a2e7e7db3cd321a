import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Metafile } from 'esbuild'
import { buildHandlers } from '../../lib/build/handlers.ts'

/** What one function loads when it starts: its own file and every chunk that is imported on the way. */
export interface Bundle {
  /** Such as `externalOAuth/get-provider`. */
  readonly name: string
  readonly kibibytes: number
  /** The bytes that each source file has in it: of packages `package/file`, of our own the path from the root. */
  readonly inputs: ReadonlyMap<string, number>
}

/** The handlers, built anew into a folder of their own. */
export interface BuiltHandlers {
  readonly folder: string
  readonly bundles: readonly Bundle[]
  remove(): void
}

export const buildBundles = async (): Promise<BuiltHandlers> => {
  const folder = mkdtempSync(join(tmpdir(), 'grantkeeper-handlers-'))
  const metafile = await buildHandlers(folder)
  const entries = Object.entries(metafile.outputs).filter(([, { entryPoint }]) => entryPoint?.startsWith('functions/'))
  return {
    folder,
    bundles: entries.map(([file, { entryPoint = '' }]) => bundleOf(metafile, file, entryPoint)),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

const bundleOf = ({ outputs }: Metafile, file: string, entryPoint: string): Bundle => {
  const loaded = new Set([file])
  // A set that grows while it is walked is walked to its end.
  for (const name of loaded) {
    for (const { path, kind, external } of outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && !external) loaded.add(path)
    }
  }
  const inputs = new Map<string, number>()
  let bytes = 0
  for (const name of loaded) {
    bytes += outputs[name]?.bytes ?? 0
    for (const [input, { bytesInOutput }] of Object.entries(outputs[name]?.inputs ?? {})) {
      if (bytesInOutput > 0) inputs.set(nameOf(input), bytesInOutput)
    }
  }
  return { name: relative('functions', entryPoint).replace(/\.ts$/, ''), kibibytes: Math.round(bytes / 1024), inputs }
}

const nameOf = (input: string): string => input.replace(/^.*node_modules\//, '')

/** The largest of what a function loads, by package, in KiB: where to look when it has grown. */
export const largest = ({ inputs }: Bundle, count = 8): string => {
  const byPackage = new Map<string, number>()
  for (const [input, bytes] of inputs) {
    const name = /^(lib|functions|openapi)/.test(input) ? input : (/^(@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? input)
    byPackage.set(name, (byPackage.get(name) ?? 0) + bytes)
  }
  return [...byPackage]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, bytes]) => `${name} ${Math.round(bytes / 1024)}`)
    .join(', ')
}
