import { bundle } from '../lib/build/assembly.ts'
import { synthesize } from '../lib/infra/synthesize.ts'

// What is deployed is always of the sources as they are.
synthesize(undefined, { handlersPath: await bundle() })
