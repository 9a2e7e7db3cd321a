import { configuration } from './configuration.ts'

/** Where a job is watched: the same absolute URL in the body and in the `Location` header. */
export const jobLocation = (jobId: string) => {
  const location = `${configuration.publicBaseUrl()}/api/v2/externalOAuth/jobs/${jobId}/`
  return { body: { location }, headers: { Location: location } }
}
