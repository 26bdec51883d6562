/**
 * Rotation of the seal keys, while servers serve. Keys of the settings are the operator's: the first one is the new
 * one. Those of a data folder are made, put first and taken out here; the server that serves the folder follows its
 * file.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { holdInstance } from '../db/instance.ts'
import type { Installation } from '../installation.ts'
import { beginKeyRotation, endKeyRotation, followedWithinMs } from '../keys.ts'
import { type Progress, resealEverything } from './reseal.ts'

export type Rotation = {
  /** How many values were sealed again. */
  resealed: number
  /** The key that everything is sealed with. */
  key: string
  /** Keys that nothing stored needs any more. */
  others: string[]
  /** Keys that were taken out of the data folder. */
  gone: string[]
}

/** After this, a server that follows the folder goes by its new keys, and what it began with the old ones is over. */
const followed = () => sleep(2 * followedWithinMs)

/**
 * Seals everything with the new key. May be interrupted at any moment and run again; the one that holds the instance's
 * row is the only one at work.
 * @throws StartError when another rotation is under way, or not everything can be sealed again
 */
export const rotateSealKeys = async (
  { keys, dataFolder }: Config,
  { pool, url, sealer }: Installation,
  onProgress: (progress: Progress) => void,
): Promise<Rotation> => {
  const { key, resealed } = await holdInstance(url, sealer, async () => {
    if (!keys) {
      beginKeyRotation(dataFolder)
      await followed()
    }
    const key = sealer.ring()[0].id
    return { key, resealed: await resealEverything({ pool, sealer, keyId: key, onProgress }) }
  })
  const { kept, gone } = keys ? { kept: sealer.ring().map(({ id }) => id), gone: [] } : endKeyRotation(dataFolder)
  if (gone.length > 0) await followed()
  return { resealed, key, others: kept.filter((id) => id !== key), gone }
}
