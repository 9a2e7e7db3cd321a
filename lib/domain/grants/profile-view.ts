import type * as z from 'zod'
import type { userInfo } from '../../contract/schemas/authorized-provider.ts'
import type { Profile } from '../ports.ts'

/** The profile as the API shows it: clients read `nickName` or `nickname`, so both are there. */
export const profileView = ({ raw, ...profile }: Profile): z.input<typeof userInfo> => ({
  ...profile,
  ...(profile.nickName !== undefined && { nickname: profile.nickName }),
  raw: { ...raw },
})
