import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

// Tells from jest's results which files took longest, and how many tests passed and failed. A file that could not run
// at all, or no results, is a failure too.
const text = readFileSync(process.argv[2] ?? '', 'utf8')
const { testResults, numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = text
  ? JSON.parse(text)
  : { testResults: [], numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1 }

const files = testResults.map(({ name, startTime, endTime }) => ({
  name: relative('.', name),
  seconds: (endTime - startTime) / 1000,
}))
const slowest = files.sort((a, b) => b.seconds - a.seconds).slice(0, 12)
for (const { name, seconds } of slowest) console.log(`${seconds.toFixed(1).padStart(9)} s  ${name}`)

const failed = numFailedTests + numRuntimeErrorTestSuites
console.log(`\n${numPassedTests} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
