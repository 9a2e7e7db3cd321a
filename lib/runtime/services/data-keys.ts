import { KMSClient } from '@aws-sdk/client-kms'
import { kmsWrapper } from '../../crypto/kms-wrapper.ts'
import { dataKeyStore } from '../../storage/data-key-store.ts'
import { clientOptions } from '../aws-clients.ts'
import { configuration } from '../configuration.ts'
import { measuredWrapper } from './measured-wrapper.ts'
import { table } from './table.ts'

/** Where data keys are kept, and what wraps them. */
export const keyStore = dataKeyStore(table)
export const wrapper = measuredWrapper(
  kmsWrapper(
    new KMSClient(clientOptions(configuration.kmsEndpoint())),
    configuration.keyArn(),
    configuration.previousKeyArns(),
  ),
)
