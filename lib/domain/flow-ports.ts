import type { BrowserFlow, DeviceFlow, DirectFlow, Flow, FlowEnd } from './connect/flow.ts'
import type { Ticket } from './connect/ticket.ts'
import type { Sealed } from './ports.ts'

/** A flow whose code is exchanged by nobody else. */
export type Claimed<Kind extends Flow> = Kind & { readonly claimId: string }

export interface FlowStore {
  /** False when the state is in use. */
  create(flow: Flow): Promise<boolean>
  get(key: string): Promise<Flow | undefined>
  /** A device flow that is not over, and how one has ended; both while replaced tokens wait to be revoked. */
  getDevice(key: string): Promise<{ readonly flow?: DeviceFlow; readonly end?: FlowEnd }>
  /** The same for a direct flow. */
  getDirect(key: string): Promise<{ readonly flow?: DirectFlow; readonly end?: FlowEnd }>
  /**
   * Takes the right to exchange the code, and answers the flow as it stands then: others may have noted tokens since it
   * was read. Undefined when somebody has it, when the flow is over, or when it is too early for the next poll of a device
   * flow. Keeps the sealed code for the sweeper; without one the code that was read must still be the one on record.
   */
  claim<Kind extends Flow>(
    flow: Kind,
    claim: { id: string; until: number; code?: Sealed; dueAt: number; nextPollAt?: number },
  ): Promise<Claimed<Kind> | undefined>
  /** Keeps the tokens that came of it, until the sweeper is to revoke them. False when the claim was lost. */
  keepTokens(flow: Flow, claimId: string, tokens: Sealed, dueAt: number): Promise<boolean>
  release(flow: Flow, claimId: string): Promise<void>
  /** Keeps the code for whoever brings the handle, in the place of an earlier one; false when a code was sent already. */
  handOver(flow: BrowserFlow, handle: string, code: Sealed): Promise<boolean>
  /** Gives the claim back, and the person until then to decide about the account. False when the claim was lost. */
  hold(flow: BrowserFlow, claimId: string, account: Sealed, until: number): Promise<boolean>
  /** Puts a device flow back as if it had not been claimed, until the next poll: nothing came of this one. */
  wait(flow: DeviceFlow, claimId: string, next: Pick<DeviceFlow, 'intervalSeconds' | 'nextPollAt'>): Promise<void>
  /** Ends a device flow that is claimed so, and says how until its handle expires. */
  end(flow: DeviceFlow, claimId: string, outcome: FlowEnd['outcome']): Promise<void>
  /** Ends a flow that is claimed so, or without a claim one that has not sent its code; any other stays. */
  remove(flow: Flow, claimId?: string): Promise<void>
}

export interface TicketStore {
  create(ticket: Ticket): Promise<void>
  get(key: string): Promise<Ticket | undefined>
  /** Binds the ticket to the browser that opens it, the latest of several; false when its time is over. */
  open(ticket: Ticket, browser: string, openUntil: number): Promise<boolean>
  /** Uses the ticket up; false when another browser has opened it since, it is used, or the time to read is over. */
  use(ticket: Ticket, browser: string, useId: string): Promise<boolean>
}
