import { connect } from 'node:net'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aKms, context, plaintext, type TestKms } from './local-kms.ts'

const headers = {
  authorization: 'AWS4-HMAC-SHA256 ...',
  'content-type': 'application/x-amz-json-1.1',
  'x-amz-target': 'TrentService.Decrypt',
}

let local: TestKms

beforeAll(async () => {
  local = await aKms()
})

afterAll(() => local.remove())

describe('the server', () => {
  test('listens on 127.0.0.1 only', async () => {
    const { hostname, port } = new URL(local.kms.endpoint)

    expect(hostname).toBe('127.0.0.1')
    await expect(fetch(`http://[::1]:${port}`)).rejects.toThrow()
  })

  test('answers an altered context with a type, a request id and no message', async () => {
    const blob = Buffer.from(await local.aBlob(await local.aKey())).toString('base64')

    const response = await fetch(local.kms.endpoint, {
      method: 'POST',
      headers,
      body: JSON.stringify({ CiphertextBlob: blob, EncryptionContext: { ...context, org: 'other' } }),
    })

    expect(response.status).toBe(400)
    expect(response.headers.get('content-type')).toBe('application/x-amz-json-1.1')
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[0-9a-f-]{36}$/)
    expect(await response.text()).toBe('{"__type":"InvalidCiphertextException"}')
  })

  test.each([
    [
      'an operation it does not have',
      { headers: { 'x-amz-target': 'TrentService.Sign' } },
      'UnknownOperationException',
    ],
    ['a name every object has', { headers: { 'x-amz-target': 'TrentService.toString' } }, 'UnknownOperationException'],
    ['another service', { headers: { 'x-amz-target': 'AmazonSQS.ListQueues' } }, 'UnknownOperationException'],
    ['no target', { headers: { 'x-amz-target': '' } }, 'UnknownOperationException'],
    ['another path', { path: '/keys' }, 'UnknownOperationException'],
    ['another method', { method: 'PUT' }, 'UnknownOperationException'],
    ['a form of a browser', { headers: { 'content-type': 'text/plain' } }, 'UnknownOperationException'],
    ['no signature', { headers: { authorization: '' } }, 'MissingAuthenticationTokenException'],
    ['no body', { body: '' }, 'SerializationException'],
    ['malformed JSON', { body: '{"KeyId":' }, 'SerializationException'],
    ['an array', { body: '[]' }, 'SerializationException'],
    ['deep nesting', { body: '['.repeat(100_000) }, 'SerializationException'],
    ['bytes that are not UTF-8', { body: Buffer.from('{"KeyId":"\xff"}', 'latin1') }, 'SerializationException'],
    ['a blob that is not base64', { body: '{"CiphertextBlob":"%%%"}' }, 'SerializationException'],
    ['a blob of another type', { body: '{"CiphertextBlob":1}' }, 'SerializationException'],
    [
      'a context of numbers',
      { body: '{"CiphertextBlob":"AA==","EncryptionContext":{"a":1}}' },
      'SerializationException',
    ],
    [
      'a context of half characters',
      { body: '{"CiphertextBlob":"AA==","EncryptionContext":{"a":"\\ud800"}}' },
      'SerializationException',
    ],
    ['a missing member', { body: '{"CiphertextBlob":null}' }, 'ValidationException'],
  ])('refuses %s', async (_, request, type) => {
    const {
      path = '/',
      method = 'POST',
      body = '{}',
      headers: changed,
    } = { headers: {}, ...request } as {
      path?: string
      method?: string
      body?: string | Uint8Array<ArrayBuffer>
      headers: Record<string, string>
    }

    const response = await fetch(new URL(path, local.kms.endpoint), {
      method,
      body,
      headers: { ...headers, ...changed },
    })

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ __type: type })
  })

  test('refuses a body of more than 1 MiB', async () => {
    const response = await fetch(local.kms.endpoint, { method: 'POST', headers, body: ' '.repeat(1024 * 1024 + 1) })

    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ __type: 'RequestEntityTooLargeException' })
  })

  test('outlives a client that goes away in the middle of a request', async () => {
    const socket = connect(Number(new URL(local.kms.endpoint).port), '127.0.0.1')
    await new Promise((resolve) => socket.write('POST / HTTP/1.1\r\nHost: kms\r\nContent-Length: 10\r\n\r\n{', resolve))
    socket.destroy()

    expect((await local.client.send(new ListKeysCommand({}))).Keys).toBeDefined()
  })

  test('serves many requests at once', async () => {
    const keyId = await local.aKey()

    const blobs = await Promise.all(Array.from({ length: 50 }, () => local.aBlob(keyId)))

    const opened = await Promise.all(blobs.map((blob) => local.decrypted(blob)))
    expect(opened).toEqual(blobs.map(() => plaintext))
  })
})
