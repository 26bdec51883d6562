/**
 * Why a bank sends an ACH entry back, and what that does to the funding source and its holder. Source: Dwolla's page on
 * transfer failures, whose table holds where its prose says otherwise; the explanations beside those of R01 and R03 are
 * our own words.
 *
 * @property description as Dwolla titles the code
 * @property explanation one sentence for a person
 * @property customer what becomes of the customer who holds the bank
 * @property unverifies the bank has to be verified again
 * @property removes the bank is removed
 * @property blocks the bank account is barred for good, whoever adds it
 */
export type ReturnCode = {
  readonly description: string
  readonly explanation: string
  readonly customer: 'suspended' | 'deactivated' | null
  readonly unverifies: boolean
  readonly removes: boolean
  readonly blocks: boolean
}

type Effect = Omit<ReturnCode, 'description' | 'explanation'>

const nothing: Effect = { customer: null, unverifies: false, removes: false, blocks: false }
const removed: Effect = { customer: null, unverifies: true, removes: true, blocks: false }
const barred: Effect = { customer: 'suspended', unverifies: true, removes: true, blocks: true }

const code = (description: string, explanation: string, effect: Effect): ReturnCode => ({
  description,
  explanation,
  ...effect,
})

export const returnCodes = {
  R01: code(
    'Insufficient Funds',
    'Available balance is not sufficient to cover the dollar amount of the debit entry.',
    nothing,
  ),
  R02: code('Bank Account Closed', 'The account was active but has been closed.', removed),
  R03: code(
    'No Account/Unable to Locate Account',
    'The account number does not correspond to the individual identified in the entry or a valid account.',
    removed,
  ),
  R04: code(
    'Invalid Bank Account Number Structure',
    'The account number is not built as the bank builds them.',
    removed,
  ),
  R05: code(
    'Unauthorized Debit to Consumer Account Using Corporate SEC Code',
    'A consumer says that a debit meant for businesses was not authorized.',
    barred,
  ),
  R06: code("Returned per ODFI's Request", 'The bank that sent the entry asked for it back.', barred),
  R07: code('Authorization Revoked by Customer', 'The account holder has taken back the authorization.', {
    ...removed,
    customer: 'deactivated',
  }),
  R08: code('Payment Stopped', 'The account holder has stopped this payment.', removed),
  R09: code('Uncollected Funds', 'The balance would be enough, but part of it has not been collected yet.', nothing),
  R10: code(
    "Customer Advises Originator is Not Known to Receiver and/or Originator is Not Authorized by Receiver to Debit Receiver's Account",
    'The account holder does not know who sent the entry, or did not authorize it.',
    barred,
  ),
  R11: code(
    'Customer Advises Entry Not in Accordance with the Terms of the Authorization',
    'The account holder authorized another entry than this one.',
    { ...removed, customer: 'deactivated' },
  ),
  R12: code('Branch Sold to Another DFI', 'The branch now belongs to another bank.', { ...nothing, removes: true }),
  R13: code('Invalid ACH Routing Number', 'The routing number is not one that takes ACH entries.', {
    ...removed,
    blocks: true,
  }),
  R14: code(
    'Representative Payee Deceased or Unable to Continue in That Capacity',
    'Whoever receives for the beneficiary has died or cannot go on.',
    { ...nothing, customer: 'suspended', removes: true },
  ),
  R15: code('Beneficiary or Account Holder Deceased', 'The beneficiary or the account holder has died.', barred),
  R16: code(
    'Account Frozen/Entry Returned per OFAC Instruction',
    'The account is frozen, or the entry had to be returned by law.',
    barred,
  ),
  R17: code(
    'File Record Edit Criteria/Entry with Invalid Account Number Initiated Under Questionable Circumstances',
    'The bank could not process the entry, or doubts how it came about.',
    barred,
  ),
  R20: code('Non-Transaction Account', 'The account does not take entries of this kind.', {
    ...nothing,
    removes: true,
    blocks: true,
  }),
  R22: code('Invalid Individual ID Number', 'The bank did not know the id that came with the entry.', {
    ...nothing,
    unverifies: true,
  }),
  R23: code('Credit Entry Refused by Receiver', 'The account holder has refused the credit.', removed),
  R29: code(
    'Corporate Customer Advises Not Authorized',
    'A business says that it did not authorize the entry.',
    barred,
  ),
  R31: code(
    'Permissible Return (CCD and CTX only)',
    'The banks agreed on the return of a late business entry.',
    barred,
  ),
  R37: code('Source Document Presented for Payment', 'The check behind the entry was paid as a check.', {
    ...nothing,
    removes: true,
  }),
  R38: code('Stop Payment on Source Document', 'Payment of the check behind the entry was stopped.', barred),
  R51: code(
    'Item Related to RCK Entry is Ineligible or RCK Entry is Improper',
    'The check behind the entry could not be presented this way.',
    barred,
  ),
} as const satisfies { readonly [code: string]: ReturnCode }

export type ReturnCodeName = keyof typeof returnCodes

/** The code that a text is, in whatever case, or null. */
export const returnCodeOf = (text: string): ReturnCodeName | null => {
  const name = text.toUpperCase()
  return Object.hasOwn(returnCodes, name) ? (name as ReturnCodeName) : null
}
