import type { AuthorizationFacts } from './facts.ts'

type ConsentRule = AuthorizationFacts['consent']

/** The consent page is shown each time. */
export const always: ConsentRule = () => 'show'

/** It is shown once for the same scopes; nothing brings it back. */
export const once: ConsentRule = (_query, granted) => (granted ? 'skip' : 'show')

/** It is shown once, again with `prompt=consent`; with `prompt=none` a user who would see it is an error instead. */
export function onceOrOnPrompt(noneError: string): ConsentRule {
  return (query, granted) => {
    const prompts = (query.get('prompt') ?? '').split(' ')
    if (prompts.includes('consent')) return 'show'
    if (granted) return 'skip'
    return prompts.includes('none') ? { error: noneError } : 'show'
  }
}
