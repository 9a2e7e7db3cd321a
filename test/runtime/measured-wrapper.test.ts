import { DisableKeyCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { kmsWrapper } from '../../lib/crypto/kms-wrapper.ts'
import { measuredWrapper } from '../../lib/runtime/services/measured-wrapper.ts'
import { aKms, type TestKms } from '../local/kms/local-kms.ts'

describe('a key that KMS refuses', () => {
  const context = { orgId: 'acme', kind: 'grant', number: 1 } as const
  let kms: TestKms
  beforeAll(async () => {
    kms = await aKms()
    process.env.DEPLOYMENT = 'Test'
  })
  afterAll(async () => {
    delete process.env.DEPLOYMENT
    await kms.remove()
  })

  /** How often the key was measured as unusable during some work. */
  const measuredDuring = async (work: () => Promise<unknown>): Promise<number> => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      await work()
      return write.mock.calls.filter(([line]) => JSON.parse(String(line)).KeyUnusable === 1).length
    } finally {
      write.mockRestore()
    }
  }

  test.each<[string, (keyId: string) => DisableKeyCommand | ScheduleKeyDeletionCommand]>([
    ['since it is switched off', (KeyId) => new DisableKeyCommand({ KeyId })],
    ['since it is to be deleted', (KeyId) => new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })],
  ])('%s is measured, whether it is to open or to make a data key', async (_, command) => {
    const keyId = await kms.aKey()
    const wrapper = measuredWrapper(kmsWrapper(kms.client, keyId))
    const wrapping = await wrapper.generate(context)
    await kms.client.send(command(keyId) as DisableKeyCommand)

    const measured = await measuredDuring(async () => {
      await expect(wrapper.unwrap(context, wrapping)).rejects.toThrow()
      await expect(wrapper.generate(context)).rejects.toThrow()
    })

    expect(measured).toBe(2)
  })

  test('for another reason is not: the seal is broken, the key is not', async () => {
    const wrapper = measuredWrapper(kmsWrapper(kms.client, await kms.aKey()))
    const wrapping = await wrapper.generate(context)

    const measured = await measuredDuring(() =>
      expect(wrapper.unwrap({ ...context, orgId: 'other' }, wrapping)).rejects.toThrow(),
    )

    expect(measured).toBe(0)
  })
})
