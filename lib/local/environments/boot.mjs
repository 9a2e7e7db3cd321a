// JavaScript, so that no environment has to strip types: what it compiles, the runtime and its handler, Node keeps on disk,
// and the next one starts in half the time. Below the project and not in the folder for temporary files, where Node puts it by
// itself: what lies there is run, and others of the machine could lay it there.
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

enableCompileCache(fileURLToPath(new URL('../../../node_modules/.cache/environments', import.meta.url)))
await import('./runtime.ts')
