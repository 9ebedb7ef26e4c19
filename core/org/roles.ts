// Who may do what in the console. A user has any number of roles; a route names those it is open
// to. An act that changes something is never open to everybody who is signed in.
export const roles = ['administrator', 'supervisor', 'bank_operator', 'finance'] as const
export type Role = (typeof roles)[number]

/** Every role of the company's own people may look; a partner's people get pages of their own. */
export const mayLook: readonly Role[] = roles
/** Stops and starts a bank's collection (domain.md §9.4). */
export const maySwitchChannels: readonly Role[] = ['supervisor', 'bank_operator']
/** Ends other people's sessions. */
export const mayEndSessions: readonly Role[] = ['administrator', 'supervisor']

export const hasOneOf = (held: readonly string[], wanted: readonly Role[]): boolean =>
  wanted.some((role) => held.includes(role))
