/** Whom PostgreSQL runs as: it refuses to be root, so root's runs as somebody else. */
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { errnoOf } from '../../data-folder.ts'
import { StartError } from '../../start-error.ts'

/** undefined: as ourselves. */
export type Identity = { readonly uid: number; readonly gid: number } | undefined

const asOther = 'run Clearyard as an ordinary user, or set DATABASE_URL'

/** The user `nobody`; its numbers differ between systems, so they are asked for. */
const nobody = (): NonNullable<Identity> => {
  const asked = spawnSync('/bin/sh', ['-c', 'id -u nobody && id -g nobody'], { encoding: 'utf8' })
  const [uid, gid] = asked.stdout?.trim().split('\n').map(Number) ?? []
  if (asked.status !== 0 || uid === undefined || gid === undefined)
    throw new StartError(`PostgreSQL does not run as root and there is no user "nobody" to run it as: ${asOther}`)
  return { uid, gid }
}

/** @param data PostgreSQL's folder; when it exists, its owner is whom PostgreSQL goes on running as */
export const identityFor = (data: string): Identity => {
  if (process.getuid?.() !== 0) return undefined
  const stats = statSync(data, { throwIfNoEntry: false })
  return stats && stats.uid !== 0 ? { uid: stats.uid, gid: stats.gid } : nobody()
}

/** True when this identity may enter every one of the folders. */
export const canEnter = (identity: Identity, ...folders: string[]): boolean => {
  const asked = spawnSync('/bin/sh', ['-c', 'for f; do cd "$f" || exit 1; done', 'sh', ...folders], {
    ...identity,
    cwd: '/',
    stdio: 'ignore',
  })
  if (asked.error) throw identityRefused(identity, asked.error)
  return asked.status === 0
}

/** What to tell when a program cannot be started as `identity`. */
export const identityRefused = (identity: Identity, error: Error): Error => {
  const code = errnoOf(error)
  if (!identity || (code !== 'EPERM' && code !== 'EINVAL')) return error
  return new StartError(
    `PostgreSQL does not run as root, and this process may not become user ${identity.uid} ` +
      `(${code}, it lacks the setuid capability): ${asOther}`,
  )
}

/** initdb looks its own user up by number. */
export const demandPasswdEntry = (): void => {
  try {
    userInfo()
  } catch {
    throw new StartError(
      `user id ${process.getuid?.()} has no entry in /etc/passwd, which PostgreSQL needs to make a database: ` +
        'run as a user that has one, or set DATABASE_URL',
    )
  }
}
