import { writeFileSync } from 'node:fs'
import { openapi } from '../lib/contract/openapi.ts'

// Writes the committed document anew; a test fails when it is not current.
writeFileSync(new URL('../openapi.json', import.meta.url), `${JSON.stringify(openapi(), null, 2)}\n`)
