import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './command.ts'

/** Milliseconds that any command may take at most, on a machine that does much else. */
const PATIENCE_MS = 150_000

/** As strict as declarations of the CDK can be looked into, which is done as well. */
const compilerOptions = {
  target: 'ES2022',
  module: 'NodeNext',
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: ['node'],
  rootDir: '.',
  outDir: 'out',
}

/** A CDK app in a folder of its own, away from the tree, as somebody would begin one. */
export interface FreshApp {
  readonly folder: string
  /** Every package that npm has installed, by its path in the lock file. */
  readonly installed: readonly string[]
  /** Type-checks and compiles into `out`; answers what the compiler has to say. */
  compile(): Promise<string>
  /** Runs a file by plain Node, to synthesize into a folder; answers what it prints. Throws when it fails. */
  run(file: string, outdir: string, ...args: string[]): Promise<string>
  remove(): void
}

/**
 * Packs the folder of a package and installs the tarball into a fresh app. npm reaches no registry, has an empty cache and
 * nobody's settings. The CDK, which every such app has, and the types of Node are those of this tree.
 */
export const aFreshApp = async (
  packageFolder: string,
  files: Readonly<Record<string, string>>,
): Promise<FreshApp & { readonly tarball: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'grantkeeper-fresh-app-'))
  const call = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    promisify(execFile)(command, args, {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
      timeout: PATIENCE_MS,
      maxBuffer: 1 << 24,
    })
  const npm = (...args: string[]) =>
    call('npm', [...args, '--offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'], {
      npm_config_cache: join(folder, '.npm'),
      npm_config_registry: 'http://127.0.0.1:9',
    })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts', '*.cts'] }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)

  const { stdout } = await npm('pack', '--pack-destination', folder, packageFolder)
  const tarball = join(folder, stdout.trim())
  await npm('install', '--legacy-peer-deps', tarball)
  const modules = join(folder, 'node_modules')
  const installed = readdirSync(modules).filter((name) => !name.startsWith('.'))
  mkdirSync(join(modules, '@types'))
  for (const name of ['aws-cdk-lib', 'constructs', '@types/node'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name))

  return {
    folder,
    tarball,
    installed,
    compile: async () => {
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      const compiled = await call(process.execPath, [tsc]).catch((error: { stdout: string }) => error)
      return compiled.stdout
    },
    run: async (file, outdir, ...args) => {
      const { stdout, stderr } = await call(process.execPath, [file, ...args], { CDK_OUTDIR: join(folder, outdir) })
      return stdout + stderr
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
