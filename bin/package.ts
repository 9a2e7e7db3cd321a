import { buildPackage } from '../lib/build/package.ts'

await buildPackage()
