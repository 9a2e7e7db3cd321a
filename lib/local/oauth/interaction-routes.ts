import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider'
import { consentPage, errorPage, loginPage, PAGE_HEADERS } from './pages.ts'
import { readBody } from './read-body.ts'

type Details = Awaited<ReturnType<Provider['interactionDetails']>>
type InteractionResult = Parameters<Provider['interactionResult']>[2]

/** Where the pages of one authorization request are. */
export function interactionPath(uid: string): string {
  return `/interaction/${uid}`
}

/** Adds the login and consent pages to the provider. */
export function addInteractionRoutes(provider: Provider): void {
  provider.use(async (ctx: KoaContextWithOIDC, next) => {
    if (!ctx.path.startsWith(interactionPath(''))) return next()
    try {
      await answer(provider, ctx)
    } catch (error) {
      if (!(error instanceof errors.SessionNotFound)) throw error
      show(ctx, 400, errorPage({ error: error.error, description: 'This sign-in is no longer valid. Start again.' }))
    }
  })
}

async function answer(provider: Provider, ctx: KoaContextWithOIDC): Promise<void> {
  const details = await provider.interactionDetails(ctx.req, ctx.res)
  const step = details.prompt.name === 'login' ? login : consent
  if (ctx.method === 'POST') await step.submit(provider, ctx, details, new URLSearchParams(await readBody(ctx.req)))
  else await step.show(provider, ctx, details)
}

const login = {
  async show(_provider: Provider, ctx: KoaContextWithOIDC, { params }: Details): Promise<void> {
    show(ctx, 200, loginPage({ account: typeof params.login_hint === 'string' ? params.login_hint : '' }))
  },

  async submit(provider: Provider, ctx: KoaContextWithOIDC, _details: Details, form: URLSearchParams): Promise<void> {
    const account = (form.get('account') ?? '').trim()
    if (!/^[^\p{C}]{1,100}$/u.test(account)) {
      show(ctx, 422, loginPage({ account, problem: 'Give an account name of 1 to 100 characters.' }))
      return
    }
    await finish(provider, ctx, { login: { accountId: account } })
  },
}

const consent = {
  async show(provider: Provider, ctx: KoaContextWithOIDC, { session, params }: Details): Promise<void> {
    const client = await provider.Client.find(String(params.client_id))
    const name = client?.clientName ?? String(params.client_id)
    show(ctx, 200, consentPage({ account: session?.accountId ?? '', client: name, scopes: requestedScopes(params) }))
  },

  async submit(provider: Provider, ctx: KoaContextWithOIDC, details: Details, form: URLSearchParams): Promise<void> {
    if (form.get('decision') !== 'allow') {
      await finish(provider, ctx, { error: 'access_denied', error_description: 'The user denied access.' })
      return
    }
    const { session, params } = details
    if (!session) throw new errors.SessionNotFound('nobody has signed in')
    const grant = new provider.Grant({ accountId: session.accountId, clientId: String(params.client_id) })
    grant.addOIDCScope(requestedScopes(params))
    await finish(provider, ctx, { consent: { grantId: await grant.save() } })
  },
}

function requestedScopes(params: Details['params']): string[] {
  return typeof params.scope === 'string' ? params.scope.split(' ') : []
}

async function finish(provider: Provider, ctx: KoaContextWithOIDC, result: InteractionResult): Promise<void> {
  const returnTo = await provider.interactionResult(ctx.req, ctx.res, result)
  ctx.redirect(returnTo)
  ctx.status = 303
}

function show(ctx: KoaContextWithOIDC, status: number, html: string): void {
  ctx.status = status
  ctx.set(PAGE_HEADERS)
  ctx.body = html
}
