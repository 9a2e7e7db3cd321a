import type { LocalGrantkeeper } from './grantkeeper.ts'

/** What to do next, in lines that can be pasted. */
export const welcome = ({ url, upstream }: LocalGrantkeeper): string => `
The API:            ${url}/api/v2/externalOAuth/   (OpenAPI: ${url}/api/v2/externalOAuth/openapi.json)
The demo provider:  ${upstream.issuer}   (any account name may log in)

Try it in another terminal:

  ADMIN=$(npm run -s token -- --user ada --org acme --role admin)
  ME=$(npm run -s token -- --user grace --org acme)
  API=${url}/api/v2/externalOAuth

  # 1. An admin registers the demo provider.
  curl -s $API/providers/ -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' -d '{
    "type": "oidc", "name": "Demo", "issuer": "${upstream.issuer}",
    "clientId": "${upstream.client.clientId}", "clientSecret": "${upstream.client.clientSecret}"}'
  PROVIDER=<the id in the answer>

  # 2. A user begins to connect: open the redirectUrl in a browser, log in with any name, allow.
  curl -s -X POST $API/providers/$PROVIDER/authorize/ -H "Authorization: Bearer $ME"

  # 3. The browser comes back to a page whose address holds code and state: the application posts them.
  curl -s $API/providers/callback/ -H "Authorization: Bearer $ME" -H 'Content-Type: application/json' \\
    -d '{"providerId": "'$PROVIDER'", "code": "<code>", "state": "<state>"}'
  GRANT=<the id of authorizedProvider in the answer>

  # 4. From now on the application gets a fresh access token whenever it needs one.
  curl -s -X POST $API/authorizedProviders/$GRANT/accessToken/ -H "Authorization: Bearer $ME"

Or watch all of it happen: npm run demo
`
