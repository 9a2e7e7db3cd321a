export { unknownPath as handler } from '../../lib/runtime/unknown-path.ts'
