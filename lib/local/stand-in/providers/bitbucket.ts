import type { ProviderFacts } from '../facts.ts'
import { bitbucketCloud } from './bitbucket-cloud.ts'
import { bitbucketDataCenter } from './bitbucket-data-center.ts'

/** Bitbucket, as a service and on one's own server. */
export const bitbucket: ProviderFacts = { ...bitbucketCloud, editions: [bitbucketDataCenter] }
