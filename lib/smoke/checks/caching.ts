import type { Scene } from '../check.ts'
import { described } from '../describe.ts'
import { each } from '../each.ts'
import { Unexpected } from '../unexpected.ts'

/** Of all that was answered so far. */
export const neverKept = ({ answers }: Scene): Promise<void> =>
  each(answers, async (answer) => {
    const came = answer.headers['cache-control']
    if (came !== 'no-store')
      throw new Unexpected(`expected cache-control: no-store; came ${came ?? 'no such header'}: ${described(answer)}`)
  })
