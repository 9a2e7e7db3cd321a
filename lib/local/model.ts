/** What the parts of the local stack tell each other: a synthesized template, read once, as plain data. */

/** One Lambda function of the template, ready to be loaded from its real asset. */
export interface FunctionDefinition {
  readonly logicalId: string
  /** The folder of the unpacked asset (the built handlers). */
  readonly codeDir: string
  /** As in the template: `<file without extension>.<export>`, e.g. `externalOAuth/list-providers.handler`. */
  readonly handler: string
  readonly timeoutSeconds: number
  readonly memoryMiB: number
  readonly environment: Readonly<Record<string, string>>
}

/** What came of one invocation. `timeout` and `exit` mean that the execution environment is gone. */
export type InvokeResult =
  | { readonly kind: 'ok'; readonly payload: unknown }
  | { readonly kind: 'error'; readonly errorType: string; readonly errorMessage: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'exit' }

/** Invokes functions of the stack, each in its own execution environments. */
export interface Functions {
  /** `signal` gives up a request that still waits for an environment; one that has begun runs to its end. */
  invoke(logicalId: string, event: unknown, signal?: AbortSignal): Promise<InvokeResult>
  /** Kills the execution environments of one function, or of all; answers how many. */
  kill(logicalId?: string): number
  close(): Promise<void>
}

/** A REQUEST authorizer of the API. */
export interface AuthorizerDefinition {
  readonly functionId: string
  /** Whether the function lets the API invoke it for this. */
  readonly isPermitted: boolean
  /** As in the template, e.g. `method.request.header.Authorization`; all must be present when there are any. */
  readonly identitySources: readonly string[]
  readonly ttlSeconds: number
}

/** One method of the API. */
export interface RouteDefinition {
  readonly method: string
  /** The resource path, without a trailing slash, e.g. `/api/v2/externalOAuth/providers/{providerId}`. */
  readonly path: string
  readonly functionId: string
  /** Whether the function lets the API invoke it for this method. */
  readonly isPermitted: boolean
  readonly authorizer?: AuthorizerDefinition
  /** Milliseconds until the gateway gives up on the integration. */
  readonly timeoutMs: number
}

/** A gateway response: what the API answers by itself. */
export interface GatewayResponseDefinition {
  readonly statusCode?: number
  /** Mapping templates by content type, with `$context` references. */
  readonly templates: Readonly<Record<string, string>>
  /** Response headers, e.g. `WWW-Authenticate` -> `Bearer`. */
  readonly headers: Readonly<Record<string, string>>
}

/** A REST API of the template. */
export interface ApiDefinition {
  readonly id: string
  readonly stage: string
  readonly routes: readonly RouteDefinition[]
  /** By response type, e.g. `UNAUTHORIZED`, `DEFAULT_4XX`. */
  readonly responses: Readonly<Record<string, GatewayResponseDefinition>>
  readonly binaryMediaTypes: readonly string[]
}
