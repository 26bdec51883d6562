import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checkTransfer } from './transfers.ts'

const source = '707177c3-bf15-4e7e-b37c-55c3898d9bf4'
const destination = '9c7f8d57-cd45-4e7a-bf7a-914dbd6131db'
const payer = 'd795f696-2cac-4662-8f16-95f1db9bddd8'
const least = {
  _links: {
    source: { href: `https://api.example.com/funding-sources/${source}` },
    destination: { href: `/funding-sources/${destination.toUpperCase()}` },
  },
  amount: { value: '1.00', currency: 'USD' },
}

const errorsOf = (body: object): string[] =>
  checkTransfer({ ...least, ...body }).errors.map(({ code, message, path }) => `${code} ${path} ${message}`)

const fee = (href: string, value: unknown) => ({
  _links: { 'charge-to': { href } },
  amount: { value, currency: 'USD' },
})
const point = {
  identificationCode: 'A1',
  serialNumber: '7',
  date: '2026-11-23',
  address: '1 A St',
  city: 'Ames',
  state: 'IA',
}
const pos = (change: object) => ({ achDetails: { source: { addenda: { pointOfSale: { ...point, ...change } } } } })
const addenda = (side: 'source' | 'destination', values: unknown) => ({
  achDetails: { [side]: { addenda: { values } } },
})

describe('a request for a transfer', () => {
  test('holds two funding sources and an amount, and more if it likes', () => {
    assert.deepEqual(checkTransfer(least).value, {
      source,
      destination: { type: 'funding-source', id: destination },
      amountCents: 100n,
      fees: [],
      clearing: null,
      achDetails: null,
      metadata: null,
      correlationId: null,
      processingChannel: null,
    })
    const more = {
      ...least,
      fees: [fee(`/customers/${payer}`, '0.25'), fee(`/accounts/${payer}`, 0.1)],
      clearing: { source: 'standard', destination: 'next-available' },
      achDetails: {
        source: { addenda: { values: ['ABC123_AddendaValue'] } },
        destination: { addenda: { values: ['x'] } },
      },
      metadata: { key: 'value', empty: '' },
      correlationId: '6d127333-69e9-4c2b-8cae-df850228e130',
      processingChannel: { destination: 'instant' },
      instantDetails: { destination: { remittanceData: 'ABC_123 Remittance Data' } },
    }
    assert.deepEqual(checkTransfer(more).value, {
      source,
      destination: { type: 'funding-source', id: destination },
      amountCents: 100n,
      fees: [
        { payer: { type: 'customer', id: payer }, amountCents: 25n },
        { payer: { type: 'account', id: payer }, amountCents: 10n },
      ],
      clearing: { source: 'standard', destination: 'next-available' },
      achDetails: {
        source: { addenda: { values: ['ABC123_AddendaValue'] } },
        destination: { addenda: { values: ['x'] } },
      },
      metadata: { key: 'value', empty: '' },
      correlationId: '6d127333-69e9-4c2b-8cae-df850228e130',
      processingChannel: 'instant',
    })
  })

  test('may name who is paid, and leave it to them at which source', () => {
    for (const type of ['account', 'customer'] as const) {
      const named = { ...least._links, destination: { href: `https://api.example.com/${type}s/${payer}` } }
      assert.deepEqual(checkTransfer({ ...least, _links: named }).value?.destination, { type, id: payer })
    }
  })

  test('is told everything that is wrong with its form, in words that say where', () => {
    const sourcePath = '/_links/source/href'
    const addendaWords = 'Ach addenda entries can be up to 80 characters when supplied.'
    const correlationWords = 'Correlation id must be at least one character and up to 255 characters when supplied.'
    const remittanceWords = 'Remittance data entries can be up to 140 characters when supplied.'
    const posPath = '/achDetails/source/addenda/pointOfSale'
    const positive = 'InvalidFormat /amount/value Invalid amount. The supplied amount must be a positive number.'
    const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 'v']))
    const rows: [object, string[]][] = [
      [
        { _links: {} },
        [`Required ${sourcePath} Source required.`, 'Required /_links/destination/href Destination required.'],
      ],
      [
        { _links: { ...least._links, source: { href: '/customers/x' } } },
        [`Invalid ${sourcePath} Invalid funding source.`],
      ],
      [
        { _links: { ...least._links, destination: { href: 'mailto:a@b.co' } } },
        ['Invalid /_links/destination/href Invalid destination.'],
      ],
      [{ _links: { ...least._links, source: { href: 7 } } }, [`Invalid ${sourcePath} Invalid funding source.`]],
      [{ amount: undefined }, ['Required /amount Amount required.']],
      [{ amount: { value: '-1', currency: 'USD' } }, [positive]],
      [{ amount: { value: '0.00', currency: 'USD' } }, [positive]],
      [{ amount: { value: '1.00', currency: 'EUR' } }, ['Invalid /amount/currency Currency invalid.']],
      [{ clearing: { source: 'fast' } }, ['Invalid /clearing/source Invalid source clearing type.']],
      [{ clearing: { destination: 'standard' } }, ['Invalid /clearing/destination Invalid destination clearing type.']],
      [{ metadata: 'x' }, ['Invalid /metadata Invalid metadata.']],
      [{ metadata: [] }, ['Invalid /metadata Invalid metadata.']],
      [{ metadata: { a: 7 } }, ['Invalid /metadata Invalid metadata.']],
      [{ metadata: { a: { b: 'c' } } }, ['Invalid /metadata Invalid metadata.']],
      [{ metadata: { a: 'x'.repeat(254) } }, []],
      [{ metadata: { a: 'x'.repeat(255) } }, ['Invalid /metadata Invalid metadata.']],
      [{ metadata: { ['x'.repeat(255)]: 'a' } }, ['Invalid /metadata Invalid metadata.']],
      [{ metadata: { a: 'b\0' } }, ['Invalid /metadata Invalid metadata.']],
      [{ metadata: pairs(10) }, []],
      [{ metadata: pairs(11) }, ['Invalid /metadata Invalid metadata.']],
      [{ correlationId: 'a-B.c_9' }, []],
      [{ correlationId: '' }, [`InvalidFormat /correlationId ${correlationWords}`]],
      [{ correlationId: 'x'.repeat(256) }, [`InvalidFormat /correlationId ${correlationWords}`]],
      [{ correlationId: 'a b' }, [`InvalidFormat /correlationId ${correlationWords}`]],
      [addenda('source', ['x'.repeat(80)]), []],
      [addenda('source', ['x'.repeat(81)]), [`InvalidFormat /achDetails/source/addenda/values ${addendaWords}`]],
      [addenda('destination', ['é']), [`InvalidFormat /achDetails/destination/addenda/values ${addendaWords}`]],
      [addenda('destination', ['a', 'b']), [`InvalidFormat /achDetails/destination/addenda/values ${addendaWords}`]],
      [addenda('destination', 'a'), [`InvalidFormat /achDetails/destination/addenda/values ${addendaWords}`]],
      [pos({}), []],
      [
        { achDetails: { source: { addenda: { pointOfSale: point, values: ['x'] } } } },
        [`NotAllowed ${posPath} Addenda must not include both 'values' and 'pointOfSale addenda`],
      ],
      [
        pos({ identificationCode: '1234567' }),
        [
          `InvalidFormat ${posPath}/identificationCode Identification code on a Point of Sale addenda entry is required and can be up to 6 characters.`,
        ],
      ],
      [
        pos({ serialNumber: '' }),
        [
          `InvalidFormat ${posPath}/serialNumber Serial number on a Point of Sale addenda entry is required and can be up to 6 characters.`,
        ],
      ],
      [
        pos({ date: '2026-02-30' }),
        [
          `InvalidFormat ${posPath}/date Date on a Point of Sale addenda entry is required and should be ISO-8601 format: YYYY-MM-DD.`,
        ],
      ],
      [
        pos({ address: 'x'.repeat(28) }),
        [
          `InvalidFormat ${posPath}/address Address on a Point of Sale addenda entry is required and can be up to 27 characters.`,
        ],
      ],
      [
        pos({ city: null }),
        [
          `InvalidFormat ${posPath}/city City on a Point of Sale addenda entry is required and can be up to 15 characters.`,
        ],
      ],
      [
        pos({ state: 'XX' }),
        [
          `InvalidFormat ${posPath}/state State on a Point of Sale addenda entry is required and should be a valid 2-letter abbreviation.`,
        ],
      ],
      [{ fees: 'x' }, ['Invalid /fees/_links/charge-to/href Invalid facilitator fee amount.']],
      [{ fees: Array(100).fill(fee(`/customers/${payer}`, '0.01')) }, []],
      [
        { fees: Array(101).fill(fee(`/customers/${payer}`, '0.01')) },
        ['Invalid /fees/_links/charge-to/href Invalid facilitator fee amount.'],
      ],
      [{ fees: [fee('/transfers/x', '1.00')] }, ['Invalid  Facilitator fee account not found.']],
      [{ fees: [fee(`/customers/${payer}`, '0.00')] }, ['Invalid  Facilitator fee below minimum.']],
      [{ fees: [fee(`/customers/${payer}`, '0.001')] }, ['Invalid  Facilitator fee below minimum.']],
      [
        { fees: [fee(`/customers/${payer}`, '-1')] },
        ['Invalid /fees/_links/charge-to/href Invalid facilitator fee amount.'],
      ],
      [{ fees: [{ amount: least.amount }] }, ['Invalid  Facilitator fee account not found.']],
      [{ rtpDetails: { destination: { remittanceData: 'x'.repeat(140) } } }, []],
      [
        { rtpDetails: { destination: { remittanceData: 'x'.repeat(141) } } },
        [`InvalidFormat /rtpDetails/destination/remittanceData ${remittanceWords}`],
      ],
      [
        { instantDetails: { destination: { remittanceData: 'é' } } },
        ['InvalidFormat /instantDetails/destination/remittanceData Remittance data invalid.'],
      ],
      [
        { processingChannel: { destination: 'wire' } },
        ['Invalid /processingChannel/destination Invalid processing channel.'],
      ],
      [
        { _links: null, amount: {}, correlationId: 7 },
        [
          `Required ${sourcePath} Source required.`,
          'Required /_links/destination/href Destination required.',
          'Required /amount/value Value required.',
          'Required /amount/currency Currency required.',
          `InvalidFormat /correlationId ${correlationWords}`,
        ],
      ],
    ]
    for (const [body, errors] of rows) assert.deepEqual(errorsOf(body), errors, JSON.stringify(body))
  })

  test('never breaks the check, whatever it is, and is never half taken', () => {
    const names = [
      '_links',
      'amount',
      'fees',
      'clearing',
      'achDetails',
      'metadata',
      'correlationId',
      'processingChannel',
    ]
    const bodies = fc.dictionary(fc.constantFrom(...names), fc.jsonValue())
    fc.assert(
      fc.property(bodies, (body) => {
        const { value, errors } = checkTransfer(body)
        assert.equal(value === null, errors.length > 0)
      }),
    )
  })
})
