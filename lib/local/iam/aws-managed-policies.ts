/** Those of AWS's own policies that the CDK attaches to functions by itself, as AWS publishes them. */
const documents: Readonly<Record<string, unknown>> = {
  'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole': {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: '*',
      },
    ],
  },
}

/** The document of a policy of AWS's own; undefined for those that are not known here. */
export function awsManagedPolicy(arn: string): unknown {
  return Object.hasOwn(documents, arn) ? documents[arn] : undefined
}
