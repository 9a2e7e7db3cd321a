/** What the command takes. */
export const usage = `Checks a deployed Grantkeeper from outside. Reads only, unless --write is given.

  GRANTKEEPER_TOKEN=<jwt> npm run smoke -- --url <url> [options]

  --url <url>        where clients reach the API: the output ApiUrl of the stack
  --token <jwt>      a caller's JWT; better in the environment as GRANTKEEPER_TOKEN, since command lines are visible to
                     everybody on the machine, and npm prints them
  --write            lets an admin's token register a provider, use it, run two jobs, and delete it again
  --origin <origin>  an origin of allowedOrigins, whose pages may call; without it there must be no CORS at all
  --issuer <url>     the provider of --write is this OpenID Connect issuer
  --provider <file>  the provider of --write is this one: a JSON file, as POST providers/ takes it. Without either it is
                     one of the type github whose client nobody knows; on this machine of the type test
  --timeout <s>      seconds that each request may take (35)
  --job-wait <s>     seconds that each job may take (120)
  --help             shows this

It talks to the URL and to nothing else, follows no redirect, and prints no token.
Exit status: 0 all is well, 1 a check failed, 2 the command was not given right.`
