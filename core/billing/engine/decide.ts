// The account engine's table of contents: event → who decides it. `decide` is pure: the same state,
// event and rules give the same decision, and nothing of the given state changes. A business «no»
// is thrown as `NotAllowed`.
import { NotAllowed } from '../refusals.ts'
import {
  addFee,
  holdOnAccount,
  inspect,
  planInstalments,
  reduce,
  waiveLateFee,
  writeOff,
} from './adjustments.ts'
import { Draft } from './draft.ts'
import type { AccountEvent } from './events.ts'
import { access, closeAccount, restore, transferName } from './lifecycle.ts'
import { applyAutomatically, applyBalance, pay, refund, undoPayment } from './payments.ts'
import {
  cancelStop,
  changeArea,
  changeClass,
  disconnect,
  forcedStop,
  resume,
  settleMeter,
  stop,
} from './rooms.ts'
import { closeSeason, importArrears, openSeason } from './seasons.ts'
import type { CustomerState, Decision, Rules } from './state.ts'
import { takeBack } from './take-back.ts'

type Decide<E> = (draft: Draft, event: E) => void

const deciders: { [T in AccountEvent['type']]: Decide<Extract<AccountEvent, { type: T }>> } = {
  OPEN_SEASON: openSeason,
  CLOSE_SEASON: closeSeason,
  IMPORT_ARREARS: importArrears,
  STOP: stop,
  FORCED_STOP: forcedStop,
  CANCEL_STOP: cancelStop,
  RESUME: resume,
  AREA_CHANGE: changeArea,
  CLASS_CHANGE: changeClass,
  DISCONNECT: disconnect,
  ACCESS: access,
  NAME_TRANSFER: transferName,
  RESTORE: restore,
  CLOSE_ACCOUNT: closeAccount,
  TAKE_BACK: takeBack,
  METER_SETTLEMENT: settleMeter,
  REDUCTION: reduce,
  LATE_FEE_WAIVER: waiveLateFee,
  ADDITIONAL_FEE: addFee,
  INSPECTION: inspect,
  WRITE_OFF: writeOff,
  ON_ACCOUNT: holdOnAccount,
  INSTALMENT_PLAN: planInstalments,
  PAYMENT: pay,
  VOID_PAYMENT: undoPayment,
  REVERSE_PAYMENT: undoPayment,
  REFUND: refund,
  APPLY_BALANCE: applyBalance,
}

/** They leave money where it is, or move it on purpose. */
const withoutPosting: readonly AccountEvent['type'][] = ['CLOSE_SEASON', 'REFUND', 'ON_ACCOUNT']

export function decide(state: CustomerState, event: AccountEvent, rules: Rules): Decision {
  const draft = new Draft(state, event, rules)
  if (state.network === 'CLOSED') {
    if (event.type === 'OPEN_SEASON' || event.type === 'CLOSE_SEASON') return draft.decision()
    throw new NotAllowed('customer.closed', { customerId: state.customerId })
  }
  const decider = deciders[event.type] as Decide<AccountEvent>
  decider(draft, event)
  if (!withoutPosting.includes(event.type)) applyAutomatically(draft)
  return draft.decision()
}
