import { synthesize } from '../lib/infra/synthesize.ts'

synthesize()
