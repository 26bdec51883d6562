/**
 * The codes with which banks refuse or return a payment: what each means, and what it does to the bank account and to
 * the customer it is of. Source: Dwolla's table of transfer failures; two explanations are Dwolla's own, the others say
 * the same as the descriptions in a sentence.
 */

/**
 * @property unverified the funding source is unverified from then on
 * @property removed the funding source is removed
 * @property blocked its account and routing number are not accepted again
 * @property customer what becomes of the customer, if anything
 */
export type ReturnCode = {
  readonly description: string
  readonly explanation: string
  readonly unverified: boolean
  readonly removed: boolean
  readonly blocked: boolean
  readonly customer: 'suspended' | 'deactivated' | null
}

type Effects = Pick<ReturnCode, 'unverified' | 'removed' | 'blocked' | 'customer'>

/** `URB suspended`: unverified, removed, blocked; the letters of what it is not are left out. */
const effects = (letters: string, customer: ReturnCode['customer'] = null): Effects => ({
  unverified: letters.includes('U'),
  removed: letters.includes('R'),
  blocked: letters.includes('B'),
  customer,
})

const code = (description: string, explanation: string, does: Effects): ReturnCode => ({
  description,
  explanation,
  ...does,
})

export const returnCodes: { readonly [code: string]: ReturnCode } = {
  R01: code(
    'Insufficient Funds',
    'Available balance is not sufficient to cover the dollar amount of the debit entry.',
    effects(''),
  ),
  R02: code('Bank Account Closed', 'The account was active but has been closed.', effects('UR')),
  R03: code(
    'No Account/Unable to Locate Account',
    'The account number does not correspond to the individual identified in the entry or a valid account.',
    effects('UR'),
  ),
  R04: code(
    'Invalid Bank Account Number Structure',
    'The account number does not have the structure that the bank gives its accounts.',
    effects('UR'),
  ),
  R05: code(
    'Unauthorized Debit to Consumer Account Using Corporate SEC Code',
    'A consumer account was debited as if it were a business account.',
    effects('URB', 'suspended'),
  ),
  R06: code(
    "Returned per ODFI's Request",
    'The bank that sent the entry asked for it to be returned.',
    effects('URB', 'suspended'),
  ),
  R07: code(
    'Authorization Revoked by Customer',
    'The customer has revoked the authorization that was given before.',
    effects('UR', 'deactivated'),
  ),
  R08: code('Payment Stopped', 'The account holder has stopped the payment of this entry.', effects('UR')),
  R09: code('Uncollected Funds', 'The balance is sufficient, but what makes it up is not collected yet.', effects('')),
  R10: code(
    "Customer Advises Originator is Not Known to Receiver and/or Originator is Not Authorized by Receiver to Debit Receiver's Account",
    'The account holder does not know the originator, or has not authorized the debit.',
    effects('URB', 'suspended'),
  ),
  R11: code(
    'Customer Advises Entry Not in Accordance with the Terms of the Authorization',
    'The account holder has authorized a debit, but not this one as it is.',
    effects('UR', 'deactivated'),
  ),
  R12: code('Branch Sold to Another DFI', 'The account is now at another bank.', effects('R')),
  R13: code('Invalid ACH Routing Number', 'The routing number is not that of a bank that takes part.', effects('URB')),
  R14: code(
    'Representative Payee Deceased or Unable to Continue in That Capacity',
    'Whoever received payments for the account holder has died or cannot go on doing so.',
    effects('R', 'suspended'),
  ),
  R15: code(
    'Beneficiary or Account Holder Deceased',
    'The beneficiary or the account holder has died.',
    effects('URB', 'suspended'),
  ),
  R16: code(
    'Account Frozen/Entry Returned per OFAC Instruction',
    'The account is frozen, or the entry was returned as OFAC instructs.',
    effects('URB', 'suspended'),
  ),
  R17: code(
    'File Record Edit Criteria/Entry with Invalid Account Number Initiated Under Questionable Circumstances',
    'The bank cannot process the entry as it is, or doubts the circumstances it was made under.',
    effects('URB', 'suspended'),
  ),
  R20: code('Non-Transaction Account', 'The account does not allow such payments.', effects('RB')),
  R22: code(
    'Invalid Individual ID Number',
    'The account holder does not know the identification in the entry.',
    effects('U'),
  ),
  R23: code('Credit Entry Refused by Receiver', 'The account holder has refused the credit.', effects('UR')),
  R29: code(
    'Corporate Customer Advises Not Authorized',
    'The business that holds the account has not authorized the entry.',
    effects('URB', 'suspended'),
  ),
  R31: code(
    'Permissible Return (CCD and CTX only)',
    'The bank that sent the entry has agreed to its late return.',
    effects('URB', 'suspended'),
  ),
  R37: code(
    'Source Document Presented for Payment',
    'The check that the entry was made from was presented as well.',
    effects('R'),
  ),
  R38: code(
    'Stop Payment on Source Document',
    'The payment of the check that the entry was made from was stopped.',
    effects('URB', 'suspended'),
  ),
  R51: code(
    'Item Related to RCK Entry is Ineligible or RCK Entry is Improper',
    'The check cannot be presented again in this way.',
    effects('URB', 'suspended'),
  ),
}
