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
/** Issues, rotates and disables partners' keys of the open API. */
export const mayManageKeys: readonly Role[] = ['administrator']
/** Sets business windows, and stops collection of a season or of the whole company. */
export const maySetWindows: readonly Role[] = ['supervisor']
/** Keeps the organisation, the places and the dictionaries. */
export const mayKeepPlaces: readonly Role[] = ['administrator', 'supervisor']
/** Opens and edits customers, and links households. */
export const mayKeepCustomers: readonly Role[] = ['supervisor']
/** Sets and lifts locks and bank blocks. */
export const mayLock: readonly Role[] = ['supervisor', 'bank_operator']

/** Takes in and books what changes an account: stops, transfers of name, reductions, payments. */
export const mayHandleAccounts: readonly Role[] = ['supervisor', 'finance']
/** Agrees to what somebody else took in. */
export const mayApproveAccounts: readonly Role[] = ['supervisor', 'finance']
/** Changes many accounts at once: lists, files, and their way back. */
export const mayRunBatches: readonly Role[] = ['supervisor', 'finance']

/** Writes, tries and publishes tariffs; opens and closes seasons. */
export const mayKeepPolicies: readonly Role[] = ['supervisor']

export const hasOneOf = (held: readonly string[], wanted: readonly Role[]): boolean =>
  wanted.some((role) => held.includes(role))
