import { api as createApi } from '../../oauth/api.ts'
import { outbound } from './outbound.ts'

export const api = createApi(outbound)
