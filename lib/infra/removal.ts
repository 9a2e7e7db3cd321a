import { RemovalPolicy } from 'aws-cdk-lib'

/**
 * What becomes of table, key and logs when they leave the stack. What is to stay goes all the same when the very deployment
 * that made it fails: nothing is in it yet, and each further try would leave another.
 */
export const policyOf = ({ removalPolicy }: { readonly removalPolicy?: RemovalPolicy | undefined }): RemovalPolicy =>
  removalPolicy === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
