/** What stands for itself when it is deployed; anything else that is referred to may become as long as an ARN. */
const pseudo: Readonly<Record<string, number>> = {
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::Region': 'ap-southeast-2'.length,
  'AWS::AccountId': '111122223333'.length,
  'AWS::URLSuffix': 'amazonaws.com.cn'.length,
}
const LONGEST = 130

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How many bytes a text may have once it is deployed, at most. */
export const lengthOf = (value: unknown): number => {
  if (!isObject(value)) return Buffer.byteLength(String(value))
  const { Ref, 'Fn::Join': join, 'Fn::If': choice } = value
  if (Array.isArray(join)) {
    const [separator, parts] = join as [string, unknown[]]
    return sum(parts.map(lengthOf)) + separator.length * (parts.length - 1)
  }
  if (Array.isArray(choice)) return Math.max(...choice.slice(1).map(lengthOf))
  return pseudo[String(Ref)] ?? LONGEST
}

/** How many bytes a value may have as JSON without blanks once it is deployed, at most. */
export const jsonLengthOf = (value: unknown): number => {
  if (value === undefined) return 0
  if (Array.isArray(value)) return '[]'.length + sum(value.map((item) => jsonLengthOf(item) + ','.length))
  if (!isObject(value)) return JSON.stringify(value).length
  if (['Ref', 'Fn::GetAtt', 'Fn::Join', 'Fn::If'].some((name) => name in value)) return lengthOf(value) + '""'.length
  return '{}'.length + sum(Object.entries(value).map(([name, of]) => name.length + '"":,'.length + jsonLengthOf(of)))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
