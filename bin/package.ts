import { makePackage } from '../lib/build/package.ts'
import { fail } from './fail.ts'

try {
  console.log(`npm pack ${await makePackage()}`)
} catch (error) {
  fail(error)
}
