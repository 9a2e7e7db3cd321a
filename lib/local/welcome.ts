import type { LocalGrantkeeper } from './grantkeeper.ts'
import type { LocalSettings, OwnIssuer } from './settings.ts'

/** What is needed of a running stack. */
export type Welcomed = Pick<LocalGrantkeeper, 'url'> & {
  readonly upstream: Pick<LocalGrantkeeper['upstream'], 'issuer' | 'client'>
}

/** How the stack was started, and an id that no provider has yet. */
export type Started = Pick<LocalSettings, 'dataDir' | 'internet' | 'issuer' | 'publicBaseUrl'> & {
  /** Named in what is to be pasted where it is not the usual one. */
  readonly namedDataDir?: string | undefined
  readonly freeId: string
}

/** What to do next, in lines that can be pasted as they are. */
export const welcome = (
  { url, upstream: { issuer, client }, standIn }: Welcomed & { readonly standIn: { readonly url: string } },
  { dataDir, namedDataDir, internet, issuer: own, publicBaseUrl = url, freeId }: Started,
): string => `
The API            ${publicBaseUrl}/api/v2/externalOAuth/
Its description    ${publicBaseUrl}/api/v2/externalOAuth/openapi.json
The demo provider  ${issuer} (an OAuth server; any account name may log in)
GitHub and others  ${standIn.url} plays them, for providers of the type "test"
A real provider    register ${publicBaseUrl}/oauth2/callback/${freeId} there,
                   and it here with "id": "${freeId}" (docs/github.md)${internet ? '' : '; start with --internet'}
Tokens and keys    ${dataDir} holds them, real ones too, open to you alone: keep it so

${own ? ofOwnIssuer(own) : toPaste({ url, upstream: { issuer, client } }, namedDataDir)}
Or watch all of it happen: npm run demo
`

const toPaste = (welcomed: Welcomed, dataDir: string | undefined): string =>
  `Try it: paste this into another terminal, in this folder.\n\n${indented(flow(welcomed, dataDir))}\n`

const ofOwnIssuer = ({ issuer, audience, orgClaim, rolesClaim }: OwnIssuer): string => `\
Callers' JWTs      of ${issuer}, for ${audience}; ${orgClaim} names the organization, ${rolesClaim} the roles
`

/** The main job as shell commands. Comments hold nothing that a shell without comments would take amiss. */
export const flow = ({ url, upstream: { issuer, client } }: Welcomed, dataDir?: string): string => `\
API=${url}/api/v2/externalOAuth
${dataDir ? `export DATA_DIR=${quoted(dataDir)}\n` : ''}\
ADMIN=$(npm run -s token -- --user ada --org acme --role admin)
ME=$(npm run -s token -- --user grace --org acme)
field() { node -pe "JSON.parse(require('fs').readFileSync(0))$1"; }

# 1. An admin registers the demo provider.
PROVIDER=$(curl -s $API/providers/ -H "Authorization: Bearer $ADMIN" -H 'Content-Type: application/json' -d '{
  "type": "oidc", "name": "Demo", "issuer": "${issuer}",
  "clientId": "${client.clientId}", "clientSecret": "${client.clientSecret}"
}' | field .id)

# 2. A user begins to connect an account.
URL=$(curl -s -X POST $API/providers/$PROVIDER/authorize/ -H "Authorization: Bearer $ME" | field .redirectUrl)

# 3. Open $URL in a browser, log in with any name, allow, and set BACK to the address where it ends.
#    Or let curl play the browser.
JAR=$(mktemp)
browse() { curl -sLo /dev/null -b "$JAR" -c "$JAR" -w '%{url_effective}' "$@"; }
LOGIN=$(browse "$URL")
CONSENT=$(browse -d account=grace.hopper "$LOGIN")
BACK=$(browse -d decision=allow "$CONSENT")

# 4. That address holds a code and the state. The application posts them, and the account is connected.
param() { node -pe "new URL('$BACK').searchParams.get('$1')"; }
GRANT=$(curl -s $API/providers/callback/ -H "Authorization: Bearer $ME" -H 'Content-Type: application/json' -d "{
  \\"providerId\\": \\"$PROVIDER\\", \\"state\\": \\"$(param state)\\", \\"code\\": \\"$(param code)\\"
}" | field .authorizedProvider.id)

# 5. From now on the application gets a fresh access token whenever it needs one, and the profile.
curl -s -X POST $API/authorizedProviders/$GRANT/accessToken/ -H "Authorization: Bearer $ME" | field .accessToken
curl -s $API/authorizedProviders/$GRANT/userinfo/ -H "Authorization: Bearer $ME" | field .email`

const indented = (text: string): string => text.replace(/^(?=.)/gm, '  ')

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
