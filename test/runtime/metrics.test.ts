import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { deploymentMetrics, metrics } from '../../lib/contract/metrics.ts'
import { logger } from '../../lib/runtime/logger.ts'
import { measure } from '../../lib/runtime/metrics.ts'
import { scheduled } from '../../lib/runtime/scheduled.ts'
import { aContext } from './events.ts'

const before = { ...process.env }
const lines: string[] = []
beforeEach(() => {
  process.env.DEPLOYMENT = 'Connections-Grantkeeper'
  lines.length = 0
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => lines.push(String(chunk)) > 0)
})
afterEach(() => {
  vi.restoreAllMocks()
  process.env = { ...before }
})

const written = () => lines.map((line) => JSON.parse(line))
const metadata = () => written().map(({ _aws }) => _aws.CloudWatchMetrics[0])

describe('what is measured', () => {
  test('is one line, of which CloudWatch makes metrics', () => {
    measure({ Latency: 12, Failures: 1 }, { Operation: 'getProvider' })

    expect(lines).toEqual([expect.stringMatching(/^[^\n]+\n$/)])
    expect(written()).toEqual([
      {
        _aws: {
          Timestamp: expect.any(Number),
          CloudWatchMetrics: [
            {
              Namespace: 'Grantkeeper',
              Dimensions: [['Deployment', 'Operation']],
              Metrics: [
                { Name: 'Latency', Unit: 'Milliseconds' },
                { Name: 'Failures', Unit: 'Count' },
              ],
            },
          ],
        },
        Deployment: 'Connections-Grantkeeper',
        Operation: 'getProvider',
        Latency: 12,
        Failures: 1,
      },
    ])
  })

  test('is kept for the deployment alone as well where that is wanted, and once where there is nothing else', () => {
    measure({ Refreshed: 1 }, { ProviderType: 'google' }, { total: true })
    measure({ Revoked: 1 }, {}, { total: true })

    expect(metadata().map(({ Dimensions }) => Dimensions)).toEqual([
      [['Deployment', 'ProviderType'], ['Deployment']],
      [['Deployment']],
    ])
  })

  test('is nothing where the environment names no deployment', () => {
    delete process.env.DEPLOYMENT

    measure({ Latency: 12 }, { Operation: 'getProvider' })

    expect(lines).toEqual([])
  })

  test('has names of ours alone, few enough to be paid for', () => {
    const names = [...Object.values(metrics).flat(), ...deploymentMetrics]

    expect(names.length).toBeLessThan(20)
    for (const name of names) expect(name).toMatch(/^[A-Z][A-Za-z]+$/)
  })
})

test('a sweep says how much was due, how much of it failed, and how many jobs do not move', async () => {
  vi.spyOn(logger, 'info').mockReturnValue(undefined)

  await scheduled('sweep', async () => ({ due: 3, failed: 2, stuck: 1 }))({}, aContext())

  expect(written()).toMatchObject([{ Worker: 'sweep', Due: 3, Failed: 2, Stuck: 1 }])
})
