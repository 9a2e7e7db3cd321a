// JavaScript, so that no environment has to strip types: what it compiles, the runtime and its handler, Node keeps on disk,
// and the next one starts in half the time.
import { enableCompileCache } from 'node:module'

enableCompileCache()
await import('./runtime.ts')
