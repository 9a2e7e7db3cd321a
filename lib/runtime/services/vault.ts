import { dataKeys } from '../../crypto/data-keys.ts'
import { vault as createVault } from '../../crypto/vault.ts'
import { configuration } from '../configuration.ts'
import { keyStore, wrapper } from './data-keys.ts'

export const vault = createVault(dataKeys(keyStore, wrapper, configuration.dataKeyCacheSeconds()))
