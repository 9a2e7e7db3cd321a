import { describe, expect, test } from 'vitest'
import { type Finding, faultsIn } from '../../deployment/templates/lint.ts'

const CANARY = '/tmp/canary.template.json'
const regions = ['us-east-1', 'cn-north-1']

const ofCanary = (region: string): Finding => ({
  Filename: CANARY,
  Rule: { Id: 'E3006' },
  Message: `Resource type 'AWS::Nowhere::Canary' does not exist in '${region}'`,
  Location: { Path: ['Resources', 'Canary', 'Type'] },
})

describe('what cfn-lint found', () => {
  test('is no fault where it is the canary in every region', () => {
    expect(faultsIn(regions.map(ofCanary), CANARY, regions)).toEqual([])
  })

  test('is a fault where a region was not looked at', () => {
    expect(faultsIn([ofCanary('us-east-1')], CANARY, regions)).toEqual([
      `${CANARY}: the fault in it was not found in cn-north-1`,
    ])
  })

  test('is a fault where nothing was found at all', () => {
    expect(faultsIn([], CANARY, regions)).toHaveLength(2)
  })

  test('is a fault where it is in another template, or is something else', () => {
    const elsewhere = { ...ofCanary('us-east-1'), Filename: '/tmp/tracing/changed.template.json' }
    const other = {
      ...ofCanary('us-east-1'),
      Rule: { Id: 'E0000' },
      Message: 'Cannot be read',
      Location: { Path: null },
    }

    expect(faultsIn([...regions.map(ofCanary), elsewhere, other], CANARY, regions)).toEqual([
      expect.stringMatching(/^\/tmp\/tracing\/changed.template.json: E3006 .* \(Resources\/Canary\/Type\)$/),
      expect.stringMatching(`^${CANARY}: E0000 Cannot be read`),
    ])
  })
})
