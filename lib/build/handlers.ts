import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Metafile, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Every handler's file under `functions/`, as `<folder>/<name>.ts`. */
export const handlerFiles = (): string[] =>
  readdirSync(`${root}functions`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()

/**
 * Takes `node:http` from Node without importing it. An import reads all that the module exports, and one of its getters
 * loads the whole of undici, whether or not anybody ever calls `fetch`: up to half of a function's start.
 */
const httpWithoutUndici: Plugin = {
  name: 'http-without-undici',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'http', namespace: 'of-node' }))
    onLoad({ filter: /.*/, namespace: 'of-node' }, () => ({
      contents: `const http = process.getBuiltinModule('node:http')
        export default http
        export const { Agent, request, STATUS_CODES } = http`,
    }))
  },
}

/**
 * Bundles all handlers at once into a folder: ES modules with shared chunks, everything included but Node itself, so that what is
 * tested is what runs. Answers esbuild's account of what went into each file.
 */
export const buildHandlers = async (outdir: string): Promise<Metafile> => {
  rmSync(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: handlerFiles().map((file) => `functions/${file}`),
    outbase: 'functions',
    outdir,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Without `module` first, CommonJS copies of the SDK make every function half as large again.
    mainFields: ['module', 'main'],
    outExtension: { '.js': '.mjs' },
    entryNames: '[dir]/[name]',
    chunkNames: 'shared/[hash]',
    metafile: true,
    legalComments: 'none',
    plugins: [httpWithoutUndici],
    logLevel: 'warning',
  })
  return metafile
}
