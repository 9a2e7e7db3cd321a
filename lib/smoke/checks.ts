import type { Check } from './check.ts'
import { neverKept } from './checks/caching.ts'
import { ofThisVersion, served } from './checks/description.ts'
import { badToken, noToken, unknownMethod, unknownRoute, unknownRouteWithToken } from './checks/gateway-bodies.ts'
import { authorizationCases, secondHeaderCases } from './checks/header-cases.ts'
import { decodedOnce, malformed } from './checks/ids.ts'
import { foreignOrigin, noOrigins, preflightAnswered, readableByOrigin } from './checks/origins.ts'
import { repeatedKeys } from './checks/query-keys.ts'
import { readings, tokenOfAdmin, tokenTaken } from './checks/readings.ts'
import { reachable, reachableOtherwise } from './checks/routes.ts'
import { fixedPath, variablePath } from './checks/spellings.ts'
import type { SmokeOptions } from './options.ts'
import { bySurface } from './paths.ts'
import { providerLife } from './provider-life.ts'

const ROUTE_GONE = 'A 403 or 404 is a route or method that is not deployed; a 200 lets anybody in'
const REDIRECTED =
  'Some clients take any redirect for an error. A 403 or 404 is a spelling that the route does not match'
const BODY = 'A gateway response is missing or not deployed, so that clients get a body of AWS that they cannot read'

/** What must hold before anything else tells something. */
const first: readonly Check[] = [
  {
    title: 'openapi.json is served',
    gives: 'answers',
    run: served,
    onAws:
      'The URL is not that of the API (its stage or base path is part of it), the domain is not set up, or the function fails to start.',
  },
  {
    title: 'openapi.json has the operations of this version',
    needs: 'answers',
    run: ofThisVersion,
    onAws: 'Another version is deployed than the one at hand, or the stage serves an old deployment.',
  },
  {
    title: 'the token is taken',
    needs: 'answers',
    gives: 'token',
    run: tokenTaken,
    onAws:
      'A 401 means that Issuer, Audience or OrgClaim are not those of the token, or that it has expired; a 503, that the issuer gave no keys; a 403, that a cached decision covers another route alone.',
  },
]

const routes: readonly Check[] = bySurface.flatMap(([surface, operations]): Check[] => [
  {
    title: `${surface}: every operation is there${surface === 'pages' ? '' : ', and closed without a token'}`,
    needs: 'answers',
    run: reachable(operations),
    onAws: `${ROUTE_GONE}.`,
  },
  {
    title: `${surface}: every operation is there in the other spelling of its last slash, never by a redirect`,
    needs: 'answers',
    run: reachableOtherwise(operations),
    onAws: `${REDIRECTED}.`,
  },
])

const reading: readonly Check[] = bySurface
  .filter(([surface]) => surface !== 'pages')
  .map(([surface, operations]) => ({
    title: `${surface}: what is read with the token has its status and its body`,
    needs: 'token',
    run: readings(operations),
    onAws:
      'A 500 or 502 is a function that fails, most often for a right that its role lacks: see its log. A 504 takes too long.',
  }))

const paths: readonly Check[] = [
  {
    title: 'a path of fixed words answers alike with its last slash and without',
    needs: 'token',
    run: fixedPath,
    onAws: `${REDIRECTED}.`,
  },
  {
    title: 'a path that ends in a variable answers alike with its last slash and without: 404 with a body',
    needs: 'token',
    run: variablePath,
    onAws: `${REDIRECTED}: it was never seen on AWS for paths that end so.`,
  },
  {
    title: 'an id in a path is decoded once',
    needs: 'token',
    run: decodedOnce,
    onAws: 'Path parameters arrive decoded, so that an id with an encoded slash becomes another path.',
  },
  {
    title: 'an id that cannot be decoded is refused: 422',
    needs: 'token',
    run: malformed,
    onAws:
      'A 500 or 502 is a function that breaks on it; a 400 is the gateway, which refuses it by itself and harms nobody.',
  },
  {
    title: 'a repeated query key counts each time',
    needs: 'token',
    run: repeatedKeys,
    onAws: 'Only one of the values reaches the function: something before the API folds them.',
  },
]

const gateway: readonly Check[] = [
  { title: 'no token: 401, in the body of all errors', needs: 'answers', run: noToken, onAws: `${BODY}.` },
  { title: 'a token that is none: 401, in the same body', needs: 'answers', run: badToken, onAws: `${BODY}.` },
  {
    title: 'an unknown route: 404, in the same body',
    needs: 'answers',
    run: unknownRoute,
    onAws: `${BODY}: without one this is a 403 that says Missing Authentication Token.`,
  },
  {
    title: 'an unknown route with the token: 404, in the same body',
    needs: 'token',
    run: unknownRouteWithToken,
    onAws:
      'Where there is no route API Gateway reads the token as a signature of AWS: its answer to that has no gateway response.',
  },
  { title: 'an unknown method: 404, in the same body', needs: 'answers', run: unknownMethod, onAws: `${BODY}.` },
]

const headers: readonly Check[] = [
  {
    title: 'Authorization may be written in any case',
    needs: 'token',
    run: authorizationCases,
    onAws: 'The authorizer or the identity source looks for one spelling alone.',
  },
  {
    title: 'Coder-Session-Token may be written in any case',
    needs: 'token',
    run: secondHeaderCases,
    onAws:
      'The routes of external-auth have the authorizer that looks at Authorization alone, or it looks for one spelling.',
  },
]

const originChecks = ({ origin }: Pick<SmokeOptions, 'origin'>): readonly Check[] => {
  if (origin === undefined) {
    return [
      {
        title: 'no page of another origin may call: no CORS at all',
        needs: 'token',
        run: noOrigins,
        onAws:
          'allowedOrigins is set: say --origin with one of them. If it is not, something before the API adds these headers.',
      },
    ]
  }
  return [
    {
      title: `a page of ${origin} is told beforehand what it may send`,
      needs: 'answers',
      run: preflightAnswered(origin),
      onAws:
        'A 404 means that allowedOrigins was empty at the deployment; no header, that it does not hold this origin.',
    },
    {
      title: `a page of ${origin} reads answers, and errors of the gateway`,
      needs: 'token',
      run: readableByOrigin(origin),
      onAws: 'allowedOrigins does not hold this origin, or the gateway responses were deployed before it did.',
    },
    {
      title: 'a page of another origin reads nothing',
      needs: 'token',
      run: foreignOrigin,
      onAws: 'allowedOrigins holds more than it should, or something before the API adds these headers.',
    },
  ]
}

const writing: readonly Check[] = [
  {
    title: "the token is an admin's",
    needs: 'token',
    gives: 'admin',
    run: tokenOfAdmin,
    onAws: 'The claim of the roles is not the one that RolesClaim names, or holds no admin.',
  },
  ...providerLife,
]

const last: readonly Check[] = [
  {
    title: 'every answer so far said cache-control: no-store',
    needs: 'answers',
    run: neverKept,
    onAws:
      'A gateway response is missing, or something before the API takes the header away: a cache could keep a token.',
  },
]

/** All that is looked at, in order. */
export const checksOf = (options: Pick<SmokeOptions, 'origin' | 'write'>): readonly Check[] => [
  ...first,
  ...routes,
  ...reading,
  ...paths,
  ...gateway,
  ...headers,
  ...originChecks(options),
  ...(options.write ? writing : []),
  ...last,
]
