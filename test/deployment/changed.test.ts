import { describe, expect, test } from 'vitest'
import { changed } from '../../deployment/templates/changed.ts'
import type { Resource, Template } from '../../deployment/templates/template.ts'

const aFunction = (role: string, environment: Record<string, unknown>, DependsOn?: string[]): Resource => ({
  Type: 'AWS::Lambda::Function',
  Properties: { Role: { 'Fn::GetAtt': [role, 'Arn'] }, Environment: { Variables: environment } },
  ...(DependsOn && { DependsOn }),
})
const role: Resource = { Type: 'AWS::IAM::Role', Properties: {} }
const without: Template = {
  Parameters: { Issuer: {} },
  Resources: {
    RoleA: role,
    RoleB: role,
    Queue: { Type: 'AWS::SQS::Queue', Properties: {} },
    A: aFunction('RoleA', { NAME: 'a' }, ['RoleA']),
    B: aFunction('RoleB', { NAME: 'b' }),
  },
}
const withResources = (resources: Record<string, Resource>): Template => ({
  ...without,
  Resources: { ...without.Resources, ...resources },
})
const idsOf = ({ Resources }: Template): string[] => Object.keys(Resources).sort()

describe('what a setting changes of a template', () => {
  test('is nothing where it changes nothing', () => {
    expect(changed(without, without)).toEqual({ ...without, Resources: {} })
  })

  test('is a resource that is changed, with all that it refers to, and what that refers to', () => {
    const key = { Type: 'AWS::KMS::Key', Properties: { Description: { Ref: 'Issuer' } } }
    const roleOfKey = { ...role, Properties: { Key: { 'Fn::GetAtt': ['Key', 'Arn'] } } }
    const template = withResources({ Key: key, RoleA: roleOfKey, A: aFunction('RoleA', { NAME: 'new' }) })

    expect(changed(without, template).Resources).toEqual({
      Key: key,
      RoleA: roleOfKey,
      A: aFunction('RoleA', { NAME: 'new' }),
    })
  })

  test('is a resource that is new, and those that outputs name', () => {
    const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties: {} }
    const template = { ...withResources({ Alarm: alarm }), Outputs: { Url: { Value: { Ref: 'Queue' } } } }

    expect(idsOf(changed(without, template))).toEqual(['Alarm', 'Queue'])
  })

  test('is one resource of several of a type that are changed alike', () => {
    const template = withResources({
      A: aFunction('RoleA', { NAME: 'a', LOG_LEVEL: 'DEBUG' }),
      B: aFunction('RoleB', { NAME: 'b', LOG_LEVEL: 'DEBUG' }),
    })

    // A does not wait for its role any longer, which is another change.
    expect(idsOf(changed(without, template))).toEqual(['A', 'B', 'RoleA', 'RoleB'])
    expect(idsOf(changed(withResources({ A: aFunction('RoleA', { NAME: 'a' }) }), template))).toEqual(['A', 'RoleA'])
  })

  test.each([
    ['values are others', { NAME: 'a', LOG_LEVEL: 'DEBUG' }, { NAME: 'b', LOG_LEVEL: 'debug' }],
    ['names are others', { NAME: 'a', LOG_LEVEL: 'DEBUG' }, { NAME: 'b', LOGLEVEL: 'DEBUG' }],
    ['something is taken away', { NAME: 'a', LOG_LEVEL: 'DEBUG' }, { LOG_LEVEL: 'DEBUG' }],
  ])('is each of those whose changes differ: %s', (_, ofA, ofB) => {
    const template = withResources({ A: aFunction('RoleA', ofA, ['RoleA']), B: aFunction('RoleB', ofB) })

    expect(idsOf(changed(without, template))).toEqual(['A', 'B', 'RoleA', 'RoleB'])
  })

  test('waits only for what is there, and still for what was never there', () => {
    const template = withResources({ A: aFunction('RoleA', { NAME: 'new' }, ['RoleA', 'Queue', 'Nowhere']) })

    expect(changed(without, template).Resources['A']?.DependsOn).toEqual(['RoleA', 'Nowhere'])
  })
})
