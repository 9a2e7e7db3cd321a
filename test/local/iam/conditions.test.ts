import { describe, expect, test } from 'vitest'
import { parseCondition } from '../../../lib/local/iam/conditions.ts'
import { contextOf } from '../../../lib/local/iam/needs/input.ts'

const LEADING = 'dynamodb:LeadingKeys'
const SELECT = 'dynamodb:Select'
const ABSENT = undefined

type Row = [operator: string, values: string[], given: string[] | undefined, holds: boolean]

const holds = (operator: string, key: string, values: string[], given: string[] | undefined): boolean =>
  parseCondition(operator, key, values).holds(contextOf({ [key]: given })) !== undefined

describe('of a key with one value', () => {
  test.each<Row>([
    ['StringEquals', ['COUNT'], ['COUNT'], true],
    ['StringEquals', ['COUNT'], ['count'], false],
    ['StringEquals', ['COUNT'], ['COUNTS'], false],
    ['StringEquals', ['C*'], ['COUNT'], false],
    ['StringEquals', ['ALL', 'COUNT'], ['COUNT'], true],
    ['StringEquals', ['COUNT'], ABSENT, false],
    ['StringEqualsIfExists', ['COUNT'], ABSENT, true],
    ['StringEqualsIfExists', ['COUNT'], ['ALL'], false],
    ['StringEqualsIgnoreCase', ['COUNT'], ['count'], true],
    ['StringNotEquals', ['COUNT'], ['ALL'], true],
    ['StringNotEquals', ['ALL', 'COUNT'], ['COUNT'], false],
    ['StringNotEquals', ['COUNT'], ABSENT, true],
    ['StringNotEqualsIgnoreCase', ['COUNT'], ['count'], false],
    ['StringLike', ['C*T'], ['COUNT'], true],
    ['StringLike', ['C?UNT'], ['COUNT'], true],
    ['StringLike', ['C?UNT'], ['CUNT'], false],
    ['StringLike', ['c*'], ['COUNT'], false],
    ['StringLike', ['C.*'], ['COUNT'], false],
    ['StringLike', ['C*'], ['COUNT\nALL'], true],
    ['StringLike', ['C*'], ABSENT, false],
    ['StringNotLike', ['C*'], ['COUNT'], false],
    ['StringNotLike', ['C*'], ABSENT, true],
    ['Bool', ['true'], ['TRUE'], true],
    ['Bool', ['false'], ['true'], false],
    ['Bool', ['true'], ABSENT, false],
    ['Null', ['true'], ABSENT, true],
    ['Null', ['true'], ['COUNT'], false],
    ['Null', ['false'], ['COUNT'], true],
    ['Null', ['false'], ABSENT, false],
    ['Null', ['true', 'false'], ABSENT, true],
  ])('%s %j of %j: %s', (operator, values, given, expected) => {
    expect(holds(operator, SELECT, values, given)).toBe(expected)
  })

  test('its name has no case', () => {
    const { holds } = parseCondition('StringEquals', 'DYNAMODB:select', ['COUNT'])

    expect(holds(contextOf({ [SELECT]: 'COUNT' }))).toBeDefined()
  })
})

describe('of a key with many values', () => {
  test.each<Row>([
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b'], true],
    ['ForAllValues:StringEquals', ['a', 'b'], ['a'], true],
    ['ForAllValues:StringEquals', ['a'], ['a', 'b'], false],
    // The trap: what is not there has no value that could be wrong.
    ['ForAllValues:StringEquals', ['a'], ABSENT, true],
    ['ForAllValues:StringEquals', ['a'], [], true],
    ['ForAllValues:StringEquals', ['a'], [''], true],
    ['ForAllValues:StringLike', ['PROV#*'], ['PROV#1', 'PROV#2'], true],
    ['ForAllValues:StringLike', ['PROV#*'], ['PROV#1', 'GRANT#1'], false],
    ['ForAllValues:StringNotEquals', ['a'], ['b', 'c'], true],
    ['ForAllValues:StringNotEquals', ['a'], ['a', 'b'], false],
    ['ForAllValues:StringNotEquals', ['a'], ABSENT, true],
    ['ForAnyValue:StringEquals', ['a'], ['a', 'b'], true],
    ['ForAnyValue:StringEquals', ['a'], ['b'], false],
    ['ForAnyValue:StringEquals', ['a'], ABSENT, false],
    ['ForAnyValue:StringEqualsIfExists', ['a'], ABSENT, true],
    ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], true],
    ['ForAnyValue:StringNotEquals', ['a'], ['a'], false],
    ['ForAnyValue:StringNotEquals', ['a'], ABSENT, false],
    ['Null', ['false'], ['a'], true],
    ['Null', ['false'], ABSENT, false],
    ['Null', ['false'], [], false],
  ])('%s %j of %j: %s', (operator, values, given, expected) => {
    expect(holds(operator, LEADING, values, given)).toBe(expected)
  })
})

describe('of an ARN', () => {
  const queue = 'arn:aws:sqs:us-east-1:000000000000:jobs'

  test.each([
    ['ArnEquals', queue, true],
    ['ArnLike', 'arn:aws:sqs:*:000000000000:j*', true],
    ['ArnEquals', 'arn:aws:sqs:*:000000000000:j*', true],
    ['ArnLike', 'arn:aws:*:us-east-1:000000000000:*', true],
    ['ArnLike', 'arn:aws:*:*:*:other', false],
    ['ArnLike', 'arn:*:000000000000:jobs:*:*:*', false],
    ['ArnLike', 'arn:aws:sqs:us-east-1:*:other', false],
    ['ArnNotLike', 'arn:aws:sqs:us-east-1:*:other', true],
    ['ArnNotEquals', queue, false],
  ])('%s %s: %s', (operator, pattern, expected) => {
    expect(holds(operator, 'aws:SourceArn', [pattern], [queue])).toBe(expected)
  })
})

test('a condition tells which of its values made it hold', () => {
  const { texts, holds } = parseCondition('ForAllValues:StringLike', LEADING, ['PROV#*', 'JOB#*', 'SLUG#*'])

  const met = holds(contextOf({ [LEADING]: ['SLUG#1', 'PROV#1'] }))

  expect(texts).toContain('ForAllValues:StringLike dynamodb:LeadingKeys JOB#*')
  expect(met).toEqual([
    'ForAllValues:StringLike dynamodb:LeadingKeys PROV#*',
    'ForAllValues:StringLike dynamodb:LeadingKeys SLUG#*',
  ])
})

test.each([
  ['an unknown key', 'StringEquals', 'aws:SourceIp', 'x', 'the condition key aws:SourceIp is not known'],
  ['an unknown operator', 'DateGreaterThan', SELECT, 'x', 'the condition operator DateGreaterThan is not known'],
  ['the name of a method', 'constructor', SELECT, 'x', 'the condition operator constructor is not known'],
  ['Null of something else', 'Null', SELECT, 'maybe', 'Null takes true or false'],
  ['Null that may be left out', 'NullIfExists', SELECT, 'true', 'the condition operator NullIfExists is not known'],
  ['a list without ForAllValues', 'StringEquals', LEADING, 'x', 'dynamodb:LeadingKeys may have several values'],
  ['an encryption context without a key', 'StringEquals', 'kms:EncryptionContext:', 'x', 'is not known'],
  ['no ARN', 'ArnLike', 'aws:SourceArn', 'arn:aws:sqs', 'arn:aws:sqs is neither * nor an ARN'],
])('%s is refused', (_, operator, key, value, message) => {
  expect(() => parseCondition(operator, key, [value])).toThrow(message)
})
