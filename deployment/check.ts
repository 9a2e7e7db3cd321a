import { constants, setPriority } from 'node:os'
import { join } from 'node:path'
import { assemble } from '../lib/build/assembly.ts'
import { run } from './command.ts'
import { ownNetwork } from './emulated/network.ts'
import { part } from './part.ts'
import { installTools } from './python/tools.ts'
import { step } from './step.ts'

/** A part of the check, in a process of its own, which says itself what comes of it. */
const runPart = (name: string, before: readonly string[] = []): Promise<void> => {
  const [file = '', ...args] = [...before, process.execPath, join(import.meta.dirname, name, 'check.ts')]
  // It has commands of its own to end.
  return run(file, args, { graceSeconds: 60 })
}

const parts: Readonly<Record<string, () => Promise<void>>> = {
  templates: () => runPart('templates'),
  emulated: () => {
    const network = ownNetwork()
    if (network === undefined) console.log('This system gives no network of its own: the emulator is on loopback here.')
    return runPart('emulated', network)
  },
}

// Shows that a deployment works, as far as one machine can. Whoever else has work to do here goes first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
await part('check', async (folder) => {
  const named = process.argv.slice(2)
  const unknown = named.filter((name) => !Object.hasOwn(parts, name))
  if (unknown.length > 0)
    throw new Error(`There is no part ${unknown.join(', ')}; there are ${Object.keys(parts).join(', ')}`)

  await step('the Python tools are there', () => installTools(join(folder, 'pip.log')))
  // Here, so that the parts do not both do it.
  await step('the stack is built', assemble)
  const wanted = Object.entries(parts).filter(([name]) => named.length === 0 || named.includes(name))
  await step('the deployment works', async () => {
    const outcomes = await Promise.allSettled(wanted.map(([, begin]) => begin()))
    const failed = wanted.filter((_, index) => outcomes[index]?.status === 'rejected').map(([name]) => name)
    if (failed.length > 0) throw new Error(`The deployment does not work: ${failed.join(', ')}`)
  })
})
