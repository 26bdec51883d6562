/** `clearyard seal rotate`: progress while it takes long, and what may be done with the keys at the end. */
import type { Config } from '../config.ts'
import { openInstallation } from '../installation.ts'
import type { Progress } from './reseal.ts'
import { type Rotation, rotateSealKeys } from './rotate.ts'

const tellEveryMs = 2_000

const count = (number: number): string => number.toLocaleString('en-US')

/** Tells of progress once in a while; a short run says nothing until its end. */
const teller = (print: (line: string) => void) => {
  let toldAt = performance.now()
  return ({ looked, resealed }: Progress): void => {
    if (performance.now() - toldAt < tellEveryMs) return
    toldAt = performance.now()
    print(`${count(looked)} values looked at, ${count(resealed)} resealed`)
  }
}

const named = (ids: readonly string[]): string => `${ids.length > 1 ? 'keys' : 'key'} ${ids.join(', ')}`

const ending = ({ resealed, key, others, gone }: Rotation, areOurs: boolean): string => {
  const done = `${count(resealed)} ${resealed === 1 ? 'value' : 'values'} resealed: all are sealed with key ${key}`
  if (others.length === 0) return `${done}, and there is no other`
  if (!areOurs) return `${done}; ${named(others)} may go from CLEARYARD_SEAL_KEYS, and the tokens made with it end then`
  const taken = gone.length > 0 ? `; ${named(gone)} is gone` : ''
  return `${done}; ${named(others)} opens the tokens it made until the next rotation takes it away${taken}`
}

/** Rotates the keys of an installation, and says so in lines, or in one of JSON. */
export const rotateCommand = async (config: Config, json: boolean, print: (line: string) => void): Promise<void> => {
  const installation = await openInstallation(config, 'seal rotate')
  try {
    const rotation = await rotateSealKeys(config, installation, json ? () => {} : teller(print))
    print(json ? JSON.stringify(rotation) : ending(rotation, config.keys === undefined))
  } finally {
    await installation.close()
  }
}
