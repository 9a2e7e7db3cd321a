import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './make.ts'

interface Installed {
  readonly version: string
  readonly license?: string
  readonly dev?: true
  readonly optional?: true
}

/** The text that a package says its licence by; where it brings none, the name of it and of its author. */
const textOf = (path: string, license: string): string => {
  const files = globSync('{LICEN[CS]E,licen[cs]e,NOTICE,CopyrightNotice}*', { cwd: join(root, path) }).sort()
  if (files.length === 0) {
    const { author } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as {
      author?: string | { readonly name: string }
    }
    return `${license}, by ${(typeof author === 'object' ? author.name : author) ?? 'its contributors'}`
  }
  return files.map((file) => readFileSync(join(root, path, file), 'utf8').trim()).join('\n\n')
}

/**
 * The licences of all packages that may have a part in what is bundled, which are the project's dependencies and theirs in
 * turn: each text once, below the names of those it is for.
 */
export const licencesOfBundled = (): string => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Installed>
  }
  const named = Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
    .map(([path, { version, license = 'unknown' }]) => ({
      name: `${path.replace(/^.*node_modules\//, '')} ${version}`,
      text: textOf(path, license),
    }))
  const sections = [...Map.groupBy(named, ({ text }) => text)].map(
    ([text, those]) => `${those.map(({ name }) => name).join('\n')}\n\n${text}\n`,
  )
  const rule = `\n${'-'.repeat(80)}\n\n`
  return ['Bundled in this package are parts of the packages below, under these licences.\n', ...sections].join(rule)
}
