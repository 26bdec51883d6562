/**
 * Who may pay whom, and how much: pure. One table, in the order in which it is looked at; the first rule that a payment
 * breaks is what it is refused with. Source: Dwolla's pages on transfers and their errors; where they leave the order
 * open, from what is named to what it costs.
 */
import type { CustomerStatus, CustomerType } from '@clearyard/contract/customers.ts'
import { type EmbeddedError, invalid, Refusal } from '@clearyard/contract/errors.ts'
import type { BankAccountType, FundingSourceStatus, FundingSourceType } from '@clearyard/contract/funding-sources.ts'
import type { NewTransfer } from '@clearyard/contract/transfers.ts'
import type { Settings } from '../../worlds/settings.ts'

/**
 * One side of a payment.
 * @property type of the customer; null for the account
 * @property status of the customer; null for the account
 * @property maySend whether a business has said who owns it
 * @property isBlocked whether its bank has been blocked
 */
export type Side = {
  readonly party: string
  readonly type: CustomerType | null
  readonly status: CustomerStatus | null
  readonly maySend: boolean
  readonly isBlocked: boolean
  readonly source: {
    readonly id: string
    readonly type: FundingSourceType
    readonly status: FundingSourceStatus
    readonly is_removed: boolean
    readonly bank_account_type: BankAccountType | null
  }
}

/**
 * What decides about a payment.
 * @property sentCents what the sender has sent this week
 * @property receivedCents what the receiver has received this week
 * @property spendableCents what the source has to spend; null for a bank, which nobody can look into
 * @property isPayerKnown whether all who are to pay fees exist
 */
export type PaymentFacts = {
  readonly transfer: Pick<NewTransfer, 'amountCents' | 'fees' | 'clearing' | 'achDetails' | 'processingChannel'>
  readonly sender: Side
  readonly receiver: Side
  readonly settings: Settings
  readonly sentCents: bigint
  readonly receivedCents: bigint
  readonly spendableCents: bigint | null
  readonly isPayerKnown: boolean
}

type Rule = { readonly breaks: (facts: PaymentFacts) => boolean; readonly refusal: (facts: PaymentFacts) => Refusal }

const source = '/_links/source/href'
const destination = '/_links/destination/href'

const says =
  (code: EmbeddedError['code'], message: string, path: string): Rule['refusal'] =>
  () =>
    invalid({ code, message, path })

const forbids =
  (message: string): Rule['refusal'] =>
  () =>
    new Refusal('Forbidden', { message })

const isAccount = ({ type }: Side): boolean => type === null
const isVerifiedKind = ({ type }: Side): boolean => type === null || type === 'personal' || type === 'business'
const isWithin = ({ sender, receiver }: PaymentFacts): boolean => sender.party === receiver.party
const isWithdrawal = (facts: PaymentFacts): boolean => isWithin(facts) && facts.sender.source.type === 'balance'

/** Suspended, deactivated, or still to be verified. */
const maySendNow = ({ type, status, maySend }: Side): boolean =>
  status === null || (type === 'unverified' && status === 'unverified') || (status === 'verified' && maySend)

const mayReceiveNow = ({ status }: Side): boolean => status !== 'suspended' && status !== 'deactivated'

const isUnapproved = ({ source: { bank_account_type } }: Side, settings: Settings): boolean =>
  bank_account_type === 'general-ledger' && !settings.mayAddGeneralLedgerBanks

const feesCents = ({ transfer }: PaymentFacts, payer?: string): bigint =>
  transfer.fees.reduce((sum, fee) => (payer === undefined || fee.payer.id === payer ? sum + fee.amountCents : sum), 0n)

/** A sender pays from where it sends from, a receiver out of a balance; the account would pay itself. */
const mayBeCharged = ({ sender, receiver }: PaymentFacts, id: string): boolean =>
  (sender.party === id && !isAccount(sender)) ||
  (receiver.party === id && !isAccount(receiver) && isVerifiedKind(receiver))

/** Lines for a bank are of businesses alone. */
const addsLinesOfPerson = ({ transfer: { achDetails }, sender, receiver }: PaymentFacts): boolean =>
  (achDetails?.source !== undefined && sender.type === 'personal') ||
  (achDetails?.destination !== undefined && receiver.type === 'personal')

const isAboveLimit = ({ transfer, sender, settings, sentCents }: PaymentFacts): boolean =>
  sender.type === 'unverified'
    ? !withinLimit(sentCents + transfer.amountCents, settings.unverifiedWeeklyLimitCents)
    : !isAccount(sender) && !withinLimit(transfer.amountCents, settings.transferLimitCents)

const chargeTo = '/fees/_links/charge-to/href'
const withinLimit = (cents: bigint, limit: number): boolean => cents <= BigInt(limit)

/**
 * In the order of Dwolla's own errors: the account's flags, the two sources, the two parties, the amount, the extras.
 */
const rules: readonly Rule[] = [
  {
    breaks: (facts) =>
      !facts.settings.mayFacilitateFunds && !isWithin(facts) && !isAccount(facts.sender) && !isAccount(facts.receiver),
    refusal: forbids("Invalid Funds Flow: this operation requires the funds flow 'Facilitate' to be enabled"),
  },
  {
    breaks: ({ settings, sender, receiver }) => !settings.mayReceiveFunds && !isAccount(sender) && isAccount(receiver),
    refusal: forbids("Invalid Funds Flow: this operation requires the funds flow 'Receive' to be enabled"),
  },
  {
    breaks: ({ settings, sender, receiver }) => !settings.maySendFunds && isAccount(sender) && !isAccount(receiver),
    refusal: forbids("Invalid Funds Flow: this operation requires the funds flow 'Send' to be enabled"),
  },
  {
    breaks: ({ transfer }) => transfer.processingChannel !== null,
    refusal: forbids('Real Time Payments not enabled for this account'),
  },
  {
    breaks: ({ sender }) => sender.source.is_removed || sender.source.status !== 'verified',
    refusal: says('Invalid', 'Invalid funding source.', source),
  },
  {
    // money only ever goes into a loan
    breaks: ({ sender, settings }) => sender.source.bank_account_type === 'loan' || isUnapproved(sender, settings),
    refusal: says('Invalid', 'Invalid bank account type', source),
  },
  {
    breaks: (facts) => facts.receiver.source.is_removed && isWithdrawal(facts),
    refusal: says('Invalid', 'Destination funding source is either removed or does not exist.', destination),
  },
  {
    breaks: ({ receiver }) => receiver.source.is_removed,
    refusal: says('Invalid', 'Invalid destination funding source.', destination),
  },
  {
    breaks: ({ receiver, settings }) => isUnapproved(receiver, settings),
    refusal: says('Invalid', 'Invalid bank account type', destination),
  },
  {
    // who owns no balance has nothing for the money to pass through
    breaks: (facts) =>
      facts.sender.source.id === facts.receiver.source.id || (isWithin(facts) && !isVerifiedKind(facts.sender)),
    refusal: says('Invalid', 'Receiver cannot be the owner of the source funding source.', destination),
  },
  {
    breaks: ({ sender, receiver }) => sender.isBlocked || receiver.isBlocked,
    refusal: says('NotAllowed', 'Due to account restrictions, we are unable to process this transaction.', destination),
  },
  {
    breaks: (facts) => isWithdrawal(facts) && !maySendNow(facts.sender),
    refusal: says('Restricted', 'Account or customer restricted.', source),
  },
  {
    breaks: (facts) => isWithin(facts) && !maySendNow(facts.sender),
    refusal: says('Restricted', 'Account is restricted.', destination),
  },
  { breaks: ({ sender }) => !maySendNow(sender), refusal: says('Restricted', 'Sender restricted.', source) },
  {
    breaks: ({ receiver }) => !mayReceiveNow(receiver),
    refusal: says('Restricted', 'Receiver restricted.', destination),
  },
  {
    breaks: ({ sender, receiver }) => !isVerifiedKind(sender) && !isVerifiedKind(receiver),
    refusal: says('NotAllowed', 'Receiver cannot receive from sender.', destination),
  },
  {
    breaks: (facts) => isWithdrawal(facts) && isAboveLimit(facts),
    refusal: says('Invalid', 'Invalid amount.', '/amount/value'),
  },
  {
    breaks: isAboveLimit,
    refusal: says(
      'Invalid',
      'Invalid amount. The supplied amount is greater than your transaction limit.',
      '/amount/value',
    ),
  },
  {
    breaks: (facts) => {
      const { transfer, receiver, settings, receivedCents } = facts
      const { weeklyReceiveLimitCents: limit } = settings
      return (
        limit > 0 &&
        !isAccount(receiver) &&
        !isWithin(facts) &&
        !withinLimit(receivedCents + transfer.amountCents, limit)
      )
    },
    refusal: says('Restricted', 'Destination customer has reached its weekly receive limit.', destination),
  },
  {
    breaks: ({ transfer, settings }) => transfer.clearing?.destination !== undefined && !settings.mayClearSameDay,
    refusal: says('Restricted', 'Destination clearing type is currently not enabled.', '/clearing/destination'),
  },
  {
    breaks: ({ transfer, settings }) =>
      transfer.clearing?.destination !== undefined && !withinLimit(transfer.amountCents, settings.sameDayLimitCents),
    refusal: (facts) =>
      invalid({
        code: 'Restricted',
        message: `Amount is above the allowed threshold for the specified ${isWithdrawal(facts) ? '' : 'destination '}clearing type.`,
        path: '/amount/value',
      }),
  },
  {
    breaks: ({ transfer, settings }) =>
      transfer.achDetails?.source?.addenda.pointOfSale !== undefined && !settings.maySendPointOfSaleAddenda,
    refusal: says('NotAllowed', 'Supplying point of sale addenda entries is currently not enabled.', ''),
  },
  {
    breaks: (facts) =>
      facts.transfer.achDetails !== null && (!facts.settings.maySendAddenda || addsLinesOfPerson(facts)),
    refusal: says('NotAllowed', 'Supplying ach addenda entries is currently not enabled.', ''),
  },
  {
    // the account would be charging its customer for taking out what is its own
    breaks: (facts) => facts.transfer.fees.length > 0 && (!facts.settings.mayChargeFees || isWithdrawal(facts)),
    refusal: says('Invalid', 'Account cannot facilitate this transaction.', ''),
  },
  {
    breaks: ({ isPayerKnown }) => !isPayerKnown,
    refusal: says('Invalid', 'Facilitator fee account not found.', ''),
  },
  {
    breaks: (facts) => facts.transfer.fees.some(({ payer }) => !mayBeCharged(facts, payer.id)),
    refusal: says('Invalid', 'Unable to charge fee to specified destination.', chargeTo),
  },
  {
    breaks: ({ transfer }) => new Set(transfer.fees.map(({ payer }) => payer.id)).size > 1,
    refusal: says('Invalid', 'Currently, all fees must be paid by same destination."', chargeTo),
  },
  {
    breaks: (facts) => feesCents(facts) * 2n > facts.transfer.amountCents,
    refusal: says('Invalid', 'Facilitator fee sum too large.', ''),
  },
  {
    breaks: (facts) =>
      facts.spendableCents !== null &&
      facts.spendableCents < facts.transfer.amountCents + feesCents(facts, facts.sender.party),
    refusal: says('InsufficientFunds', 'Insufficient funds.', source),
  },
]

/** What a payment is refused with, or null when nothing stands in its way. */
export const refusalOf = (facts: PaymentFacts): Refusal | null =>
  rules.find(({ breaks }) => breaks(facts))?.refusal(facts) ?? null
