import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../lib/build/make.ts'
import { run } from '../command.ts'
import { ACCOUNT, type Emulator, REGION } from './emulator.ts'

/** What a deployed stack says of itself, as far as it is needed here. */
export interface Outputs {
  readonly ApiId: string
  readonly ApiUrl: string
  readonly TableName: string
  readonly KeyArn: string
}

/** The CDK CLI, with the emulator for AWS. */
export interface Cdk {
  bootstrap(assembly: string): Promise<void>
  /** Answers the outputs of the stack. */
  deploy(assembly: string, parameters: Readonly<Record<string, string>>): Promise<Outputs>
  destroy(assembly: string): Promise<void>
}

/** Each command rejects with the end of what it said. */
export const cdkFor = ({ env }: Emulator, folder: string): Cdk => {
  let count = 0
  const cdk = (command: string, assembly: string, ...args: readonly string[]): Promise<void> => {
    const cli = join(root, 'node_modules/aws-cdk/bin/cdk')
    const log = join(folder, `${++count}-${command}.log`)
    return run(process.execPath, [cli, command, '--app', assembly, '--ci', ...args], { env, log })
  }
  return {
    bootstrap: (assembly) => cdk('bootstrap', assembly, `aws://${ACCOUNT}/${REGION}`),
    deploy: async (assembly, parameters) => {
      const file = join(folder, 'outputs.json')
      const given = Object.entries(parameters).flatMap(([name, value]) => ['--parameters', `${name}=${value}`])
      await cdk('deploy', assembly, '--require-approval', 'never', '--outputs-file', file, ...given)
      return JSON.parse(readFileSync(file, 'utf8')).Grantkeeper
    },
    destroy: (assembly) => cdk('destroy', assembly, '--force'),
  }
}
