/** The bank that a new account of Dwolla's sandbox has from the start. */
import type { Sealer } from '../../sealing.ts'
import { fingerprintOf } from './banks.ts'
import type { NewBank } from './operations.ts'

const numbers = { routingNumber: '222222226', accountNumber: '123456789' }

export const sandboxBankOf = (sealer: Sealer, accountId: string): NewBank => ({
  numbers,
  fingerprint: fingerprintOf(sealer, accountId, numbers),
  name: 'Superhero Savings Bank',
  bankAccountType: 'checking',
  status: 'verified',
})
