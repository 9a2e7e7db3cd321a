import { keyRing as createKeyRing } from '../../crypto/key-ring.ts'
import { keyStore, wrapper } from './data-keys.ts'

export const keyRing = createKeyRing(keyStore, wrapper)
