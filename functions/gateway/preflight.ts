export { preflight as handler } from '../../lib/runtime/cors.ts'
