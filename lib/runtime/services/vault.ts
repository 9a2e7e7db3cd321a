import { KMSClient } from '@aws-sdk/client-kms'
import { dataKeys } from '../../crypto/data-keys.ts'
import { kmsWrapper } from '../../crypto/kms-wrapper.ts'
import { vault as createVault } from '../../crypto/vault.ts'
import { dataKeyStore } from '../../storage/data-key-store.ts'
import { clientOptions } from '../aws-clients.ts'
import { configuration } from '../configuration.ts'
import { table } from './table.ts'

const wrapper = kmsWrapper(new KMSClient(clientOptions(configuration.kmsEndpoint())), configuration.keyArn())

export const vault = createVault(dataKeys(dataKeyStore(table), wrapper, configuration.dataKeyCacheSeconds()))
