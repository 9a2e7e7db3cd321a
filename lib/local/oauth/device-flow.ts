import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import * as z from 'zod'
import { deviceCodePage, deviceConfirmPage, donePage, PAGE_HEADERS } from './pages.ts'

/** The device flow of oidc-provider (RFC 8628), with pages like the others. */
export const deviceFlow = {
  enabled: true,
  userCodeInputSource: (ctx: KoaContextWithOIDC, form: string, _out?: unknown, error?: unknown) =>
    show(
      ctx,
      deviceCodePage({ form, ...(error !== undefined && { problem: 'Nothing waits for this code any more.' }) }),
    ),
  userCodeConfirmSource: (
    ctx: KoaContextWithOIDC,
    form: string,
    client: { clientName?: string | undefined; clientId: string },
    _device: unknown,
    userCode: string,
  ) => show(ctx, deviceConfirmPage({ form, client: client.clientName ?? client.clientId, userCode })),
  successSource: (ctx: KoaContextWithOIDC) => show(ctx, donePage()),
}

function show(ctx: KoaContextWithOIDC, html: string): void {
  ctx.set(PAGE_HEADERS)
  ctx.body = html
}

const deviceDecision = z.strictObject({
  userCode: z.string().min(1),
  decision: z.enum(['allow', 'deny']),
  account: z.string().optional(),
})

export type DeviceDecision = z.infer<typeof deviceDecision>

/** What a person does on the pages, at once. Throws when no device waits with the code. */
export async function decideDevice(provider: Provider, given: DeviceDecision): Promise<void> {
  const { userCode, decision, account = 'grace.hopper' } = deviceDecision.parse(given)
  const code = await provider.DeviceCode.findByUserCode(userCode.replace(/\W/g, '').toUpperCase())
  if (!code?.clientId) throw new Error(`No device waits with the code ${userCode}.`)
  if (decision === 'deny') {
    Object.assign(code, { error: 'access_denied', errorDescription: 'The user denied access.' })
  } else {
    const scope = String(code.params?.['scope'] ?? 'openid')
    const grant = new provider.Grant({ accountId: account, clientId: code.clientId })
    grant.addOIDCScope(scope)
    const authTime = Math.floor(Date.now() / 1000)
    Object.assign(code, { accountId: account, authTime, grantId: await grant.save(), scope })
  }
  await code.save()
}
