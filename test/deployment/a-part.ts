import { type CommandOptions, run, start } from '../../deployment/command.ts'
import { part } from '../../deployment/part.ts'
import { step } from '../../deployment/step.ts'

// A part of the deployment check that does what its argument says, beside a command that never ends by itself.

/** The folder is in the environment of all that it starts, so that all of it is found. */
const sh = (script: string, folder: string, options: CommandOptions = {}) =>
  ['sh', ['-c', script], { env: { HOME: folder }, ...options }] as const

const acts: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  ends: (folder) => run(...sh('echo fine', folder, { log: `${folder}/log` })),
  'leaves something that runs': (folder) => run(...sh('sleep 300 & exit 0', folder, { log: `${folder}/log` })),
  fails: (folder) => run(...sh('seq 99; echo too bad; exit 3', folder, { log: `${folder}/log` })),
  'is not there': () => run('/nowhere/at-all', []),
  hangs: (folder) => run(...sh('sleep 300 & echo ready; wait', folder)),
  'hangs and will not end': (folder) =>
    run(...sh('trap "" TERM; sleep 300 & echo ready; while :; do sleep 1; done', folder, { graceSeconds: 1 })),
}

await part('test', async (folder) => {
  console.log(`folder ${folder}`)
  start(...sh('sleep 300 & wait', folder, { log: `${folder}/beside` }))
  await step('the act', () => acts[process.argv[2] ?? '']?.(folder))
})
