import { KmsError } from './errors.ts'
import { type KeyStore, newKeyMaterial, type StoredKey } from './key-store.ts'

const ARN = /^arn:aws:kms:(?<region>[^:]*):(?<account>[^:]*):(?<resource>(?:key|alias)\/.+)$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The keys of one account and region, by any of the names that requests use. */
export class Keyring {
  readonly store: KeyStore
  readonly accountId: string
  readonly #region: string

  constructor(store: KeyStore, region: string, accountId: string) {
    this.store = store
    this.accountId = accountId
    this.#region = region
  }

  /** The ARN of `key/<id>` or `alias/<name>`. */
  arn(resource: string): string {
    return `arn:aws:kms:${this.#region}:${this.accountId}:${resource}`
  }

  keyArn(key: Pick<StoredKey, 'id'>): string {
    return this.arn(`key/${key.id}`)
  }

  /** The key of an id, key ARN, alias or alias ARN. Throws `NotFoundException`, or `InvalidArnException`. */
  find(name: string): StoredKey {
    const resource = this.#resource(name)
    return resource.startsWith('alias/') ? this.#keyOfAlias(resource) : this.#keyOfId(resource)
  }

  /** The key of an id or key ARN: operations that manage a key take no alias. Throws as `find` does. */
  findById(name: string): StoredKey {
    const resource = this.#resource(name)
    if (!resource.startsWith('alias/')) return this.#keyOfId(resource)
    if (name.startsWith('arn:')) throw new KmsError('InvalidArnException', `Invalid arn ${name}`)
    throw new KmsError('NotFoundException', `Invalid keyId '${name}'`)
  }

  /** The key that has the material of this id, in hex, among its versions. */
  findByMaterial(materialId: string): StoredKey | undefined {
    return this.store.keys.find((key) => key.materials.some((material) => material.id === materialId))
  }

  /** Makes an enabled key with its first material. The id must be free. */
  create(id: string, description = ''): StoredKey {
    const key: StoredKey = { id, description, createdAt: Date.now(), state: 'Enabled', materials: [newKeyMaterial()] }
    this.store.update((stored) => stored.keys.push(key))
    return key
  }

  /** Changes a key; the change is on the disk when this returns. */
  change(key: StoredKey, change: (key: StoredKey) => void): void {
    this.store.update((stored) => {
      const found = stored.keys.find(({ id }) => id === key.id)
      if (found) change(found)
    })
  }

  /** Throws `DisabledException` or `KMSInvalidStateException` unless the key is enabled. */
  assertEnabled(key: StoredKey): void {
    this.assertNotPendingDeletion(key)
    if (key.state === 'Disabled') throw new KmsError('DisabledException', `${this.keyArn(key)} is disabled.`)
  }

  /** Throws `KMSInvalidStateException` when the key is to be deleted. */
  assertNotPendingDeletion(key: StoredKey): void {
    if (key.state !== 'PendingDeletion') return
    throw new KmsError('KMSInvalidStateException', `${this.keyArn(key)} is pending deletion.`)
  }

  /** `alias/<name>`, or the id of a key. */
  #resource(name: string): string {
    if (!name.startsWith('arn:')) return name
    const { region, account, resource = '' } = ARN.exec(name)?.groups ?? {}
    if (region === undefined) throw new KmsError('InvalidArnException', `Invalid arn ${name}`)
    if (region !== this.#region) throw new KmsError('NotFoundException', `Invalid arn ${region}`)
    if (account !== this.accountId) throw new KmsError('NotFoundException', `Key '${name}' does not exist`)
    return resource.startsWith('key/') ? resource.slice('key/'.length) : resource
  }

  #keyOfAlias(alias: string): StoredKey {
    const keyId = this.store.aliases.find(({ name }) => name === alias)?.keyId
    if (keyId === undefined) throw new KmsError('NotFoundException', `Alias ${this.arn(alias)} is not found.`)
    return this.#keyOfId(keyId)
  }

  #keyOfId(id: string): StoredKey {
    const key = this.store.keys.find((candidate) => candidate.id === id)
    if (key) return key
    throw new KmsError(
      'NotFoundException',
      UUID.test(id) ? `Key '${this.keyArn({ id })}' does not exist` : `Invalid keyId '${id}'`,
    )
  }
}
