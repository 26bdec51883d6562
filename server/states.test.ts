/** What a state table lets happen and what it offers, by a small table of a door. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '@clearyard/contract/errors.ts'
import { next, offered, type StateTable } from './states.ts'

type Door = { status: 'open' | 'closed' | 'locked'; hasKey: boolean }

const door: StateTable<Door['status'], 'close' | 'open' | 'lock' | 'unlock' | 'slam', Door> = [
  { from: 'open', step: 'close', to: 'closed', link: 'close' },
  { from: 'open', step: 'slam', to: 'closed', emits: 'customer_suspended', link: null },
  { from: 'closed', step: 'open', to: 'open', emits: 'customer_activated', link: 'open' },
  { from: 'closed', step: 'lock', to: 'locked', when: ({ hasKey }) => hasKey, link: 'lock' },
  { from: 'locked', step: 'unlock', to: 'closed', when: ({ hasKey }) => hasKey, link: 'unlock' },
  { from: 'locked', step: 'slam', to: 'open', when: ({ hasKey }) => !hasKey, link: 'kick' },
  { from: 'locked', step: 'slam', to: 'closed', when: ({ hasKey }) => hasKey, link: null },
]

/** state and key; then what each step leads to, `-` where it is refused; then the links it shows. */
const expected = `
  open   no  | close closed, open -, lock -, unlock -, slam closed | close
  open   yes | close closed, open -, lock -, unlock -, slam closed | close
  closed no  | close -, open open, lock -, unlock -, slam -        | open
  closed yes | close -, open open, lock locked, unlock -, slam -   | open lock
  locked no  | close -, open -, lock -, unlock -, slam open        | kick
  locked yes | close -, open -, lock -, unlock closed, slam closed | unlock`

const rows = expected
  .trim()
  .split('\n')
  .map((row) => row.split('|').map((cell) => cell.trim()))

test('a step is taken where a row has it and its condition holds, and refused everywhere else', () => {
  for (const [facts = '', steps = ''] of rows) {
    const [status, key] = facts.split(/ +/)
    const it: Door = { status: status as Door['status'], hasKey: key === 'yes' }
    for (const [step, to] of steps.split(', ').map((pair) => pair.split(' '))) {
      const take = () => next(door, it, step as 'open').to
      if (to === '-')
        assert.throws(
          take,
          (error) => error instanceof Refusal && error.code === 'InvalidResourceState',
          `${facts} ${step}`,
        )
      else assert.equal(take(), to, `${facts} ${step}`)
    }
  }
})

test('the links are those of the steps that would be taken, in the order of the table', () => {
  for (const [facts = '', , links = ''] of rows) {
    const [status, key] = facts.split(/ +/)
    assert.equal(offered(door, { status: status as Door['status'], hasKey: key === 'yes' }).join(' '), links, facts)
  }
})

test('a row tells what is to be told, and the refusal says so in Dwolla’s words', () => {
  assert.equal(next(door, { status: 'closed', hasKey: false }, 'open').emits, 'customer_activated')
  assert.equal(next(door, { status: 'open', hasKey: false }, 'close').emits, undefined)
  assert.throws(() => next(door, { status: 'open', hasKey: true }, 'unlock'), {
    code: 'InvalidResourceState',
    message: 'Resource cannot be modified.',
  })
  assert.throws(() => next([], { status: 'open' }, 'close'), { code: 'InvalidResourceState' })
  assert.deepEqual(offered([], { status: 'open' }), [])
})
