import { assemble } from '../lib/build/assembly.ts'

await assemble()
