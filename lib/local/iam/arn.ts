import { TemplateError } from '../template/template-error.ts'
import { type Matcher, wildcard } from './wildcard.ts'

/** Partition, service, region, account and resource stand between colons; a resource may hold more of them. */
const ARN = /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)$/s

/**
 * Matches ARNs part by part, so that no wildcard reaches over a colon into the next part (IAM User Guide, "Resource" and
 * "Amazon Resource Name (ARN) condition operators"). `*` alone is every ARN. Throws `TemplateError` for what is no ARN.
 */
export function arnPattern(pattern: string): Matcher {
  if (pattern === '*') return () => true
  const parts = ARN.exec(pattern)
    ?.slice(1)
    .map((part) => wildcard(part))
  if (!parts) throw new TemplateError(`${pattern} is neither * nor an ARN`)
  return (arn) => {
    const given = ARN.exec(arn)?.slice(1)
    return given !== undefined && parts.every((matches, place) => matches(given[place] ?? ''))
  }
}
