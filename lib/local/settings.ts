import { resolve } from 'node:path'

/** What the environment says about the local stack. */
export interface LocalSettings {
  readonly port: number
  readonly dataDir: string
  readonly environments: number
  readonly environmentKind: 'thread' | 'process'
  readonly endpoints: {
    readonly dynamodb: string | undefined
    readonly sqs: string | undefined
    readonly kms: string | undefined
  }
}

/** Reads the settings. Throws one line that names the variable and what would be right. */
export const readSettings = (env: Readonly<Record<string, string | undefined>>): LocalSettings => {
  if (env.AWS_LAMBDA_RUNTIME_API) throw new Error('The local stack does not run inside Lambda')
  return {
    port: wholeNumber(env, 'PORT', 8080, 0, 65_535),
    dataDir: resolve(env.DATA_DIR || '.local'),
    environments: wholeNumber(env, 'ENVIRONMENTS', 4, 1, 256),
    environmentKind: kind(env.ENVIRONMENT_KIND || 'thread'),
    endpoints: {
      dynamodb: env.DYNAMODB_ENDPOINT || undefined,
      sqs: env.SQS_ENDPOINT || undefined,
      kms: env.KMS_ENDPOINT || undefined,
    },
  }
}

const wholeNumber = (
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  otherwise: number,
  min: number,
  max: number,
): number => {
  const text = env[name] || String(otherwise)
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max))
    throw new Error(`${name} must be a whole number from ${min} to ${max}, not ${text}`)
  return value
}

const kind = (text: string): 'thread' | 'process' => {
  if (text === 'thread' || text === 'process') return text
  throw new Error(`ENVIRONMENT_KIND must be thread or process, not ${text}`)
}
