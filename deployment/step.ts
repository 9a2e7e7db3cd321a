import { readFileSync } from 'node:fs'

/** Does a step, and says what it cost: seconds of the clock, and of the processors with all that ended meanwhile. */
export const step = async <Result>(title: string, work: () => Result | Promise<Result>): Promise<Result> => {
  const begun = performance.now()
  const spent = cpuSeconds()
  const say = (verdict: string): void => {
    const wall = ((performance.now() - begun) / 1000).toFixed(1)
    console.log(
      `${verdict.padEnd(7)} ${wall.padStart(5)} s, ${(cpuSeconds() - spent).toFixed(1).padStart(5)} s CPU  ${title}`,
    )
  }
  try {
    const result = await work()
    say('ok')
    return result
  } catch (error) {
    say('FAILED')
    throw error
  }
}

/** Of this process and its children that have ended; without those where the system does not tell. */
const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6 + childrenSeconds()
}

const TICKS_PER_SECOND = 100

const childrenSeconds = (): number => {
  if (process.platform !== 'linux') return 0
  // proc(5): the name of the program may hold spaces, so that fields are counted from its end on.
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND
}
