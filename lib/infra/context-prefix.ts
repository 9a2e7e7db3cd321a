/** Before the name of each setting in the CDK context, which is shared with the CDK's own. */
export const CONTEXT_PREFIX = 'grantkeeper:'
