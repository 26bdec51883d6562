/**
 * Where PostgreSQL's data lies and how it comes to be. Normally `<data folder>/postgres`; when the user that PostgreSQL
 * runs as cannot enter the data folder, `/var/lib/clearyard/<hash of the data folder>/postgres`.
 */
import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { errnoOf, folderRefused, writeSecretFile } from '../../data-folder.ts'
import { StartError } from '../../start-error.ts'
import { sharedFolder } from './binaries.ts'
import { canEnter, demandPasswdEntry, type Identity, identityFor, identityRefused } from './identity.ts'
import { spawnWatched } from './watched.ts'

/** What the data folder remembers of its database, in a file of mode 0600. */
export type ClusterRecord = {
  /** The folder that has `postgres` in it. */
  home: string
  passwords: { superuser: string; owner: string; app: string }
  /** False until the roles and the database are in it. */
  prepared: boolean
}

export type Cluster = {
  readonly folder: string
  readonly record: ClusterRecord
  readonly data: string
  readonly identity: Identity
}

const recordName = 'postgres.json'
const dataName = 'postgres'
const belongsToName = 'data-folder'

/** Names what belongs to this data folder where several share a place. */
export const folderHash = (folder: string): string =>
  createHash('sha256').update(realpathSync(folder)).digest('hex').slice(0, 12)

const readRecord = (folder: string): ClusterRecord | null => {
  const path = join(folder, recordName)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
  try {
    return JSON.parse(text)
  } catch {
    throw new StartError(`${path} is damaged: put it back from a copy, it has the passwords of the database beside it`)
  }
}

export const writeRecord = (folder: string, record: ClusterRecord): void =>
  writeSecretFile(join(folder, recordName), `${JSON.stringify(record, null, 2)}\n`)

/** 192 random bits in hex, which needs no escaping in SQL, URLs or files. */
const newPassword = () => randomBytes(24).toString('hex')

/** A data folder that was deleted and begun anew leaves its moved database behind: it is put aside, one is kept. */
const putAside = (home: string) => {
  const aside = `${home}.old`
  rmSync(aside, { recursive: true, force: true })
  renameSync(home, aside)
}

/** A home outside the data folder, in a place that everybody may pass through. */
const makeSharedHome = (folder: string, home: string, identity: Identity) => {
  try {
    mkdirSync(home, { recursive: true, mode: 0o711 })
    for (const open of [sharedFolder, home]) chmodSync(open, 0o711)
    writeFileSync(join(home, belongsToName), `${realpathSync(folder)}\n`)
  } catch (error) {
    throw new StartError(
      `PostgreSQL does not run as root, and user ${identity?.uid} can neither enter ${folder} nor have a folder in ` +
        `${sharedFolder} (${String(error)}): name another data folder with CLEARYARD_DATA, or set DATABASE_URL`,
    )
  }
}

const chooseHome = (folder: string, identity: Identity): string => {
  if (!identity || canEnter(identity, folder)) return folder
  const home = join(sharedFolder, folderHash(folder))
  if (existsSync(home)) putAside(home)
  makeSharedHome(folder, home, identity)
  return home
}

/** A data folder may be renamed together with what was moved out of it; a copy of it may not use the same database. */
const checkBelongs = (folder: string, home: string) => {
  const mine = realpathSync(folder)
  const path = join(home, belongsToName)
  const owner = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  if (owner === mine) return
  if (existsSync(join(owner, recordName)))
    throw new StartError(
      `the data folder ${folder} is a copy of ${owner}, whose database lies in ${home}: ` +
        `remove ${join(folder, recordName)} to begin anew here`,
    )
  writeFileSync(path, `${mine}\n`)
}

const newRecord = (home: string): ClusterRecord => ({
  home,
  passwords: { superuser: newPassword(), owner: newPassword(), app: newPassword() },
  prepared: false,
})

/**
 * Finds the database of this data folder, or decides where it will be and makes that folder.
 * @param folder exists, is writable and locked
 */
export const locateCluster = (folder: string): Cluster => {
  const inFolder = join(folder, dataName)
  const kept = readRecord(folder)
  if (!kept && existsSync(inFolder))
    throw new StartError(
      `${join(folder, recordName)} is missing: put it back, it has the passwords of the database beside it, ` +
        `or move ${inFolder} away to begin anew`,
    )
  const record = kept ?? newRecord(chooseHome(folder, identityFor(inFolder)))
  // a database in the folder was moved or copied with it: the record may still name where the folder was
  if (existsSync(inFolder)) record.home = folder
  const data = join(record.home, dataName)
  const identity = identityFor(data)
  if (record.home !== folder) {
    if (existsSync(record.home)) checkBelongs(folder, record.home)
    else makeSharedHome(folder, record.home, identity)
  }
  return { folder, record: { ...record, prepared: record.prepared && existsSync(data) }, data, identity }
}

/** Refuses a database that this program cannot run, before PostgreSQL does so in more words. */
export const checkCluster = ({ folder, data, identity }: Cluster, major: number): void => {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim()
  if (found !== String(major))
    throw new StartError(
      `${data} was made by PostgreSQL ${found}, this Clearyard brings PostgreSQL ${major}: ` +
        `dump it with the version that made it, or move ${folder} away to begin anew`,
    )
  if (identity && !canEnter(identity, data))
    throw new StartError(
      `PostgreSQL runs as user ${identity.uid}, who can no longer enter ${data}: ` +
        'open the folders above it (chmod o+x), or name another data folder with CLEARYARD_DATA',
    )
}

/** The first complaint is the cause, those after it are its effects. */
const complaint = (said: string): string => {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  const telling = lines.find((line) => /(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1)
  return telling?.replace(/^.*?(FATAL|PANIC|error):\s*/, '').trim() ?? 'it said nothing'
}

/** PostgreSQL's own reason for giving up, as one line. */
export const reasonFrom = (said: string, program: string, folder: string): StartError => {
  const full = /No space left on device|Check free disk space/.test(said)
  return new StartError(
    full
      ? `no space left for the database in ${folder}: free some and start again`
      : `${program} gave up in ${folder}: ${complaint(said)}`,
  )
}

/** The environment of PostgreSQL's programs. Ours holds secrets, and PG* variables meant for other servers. */
export const bareEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

const runInitdb = (initdb: string, { identity, record }: Cluster, draft: string, passwordFile: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const form = ['--encoding=UTF8', '--locale=C', '--no-instructions', '--auth=scram-sha-256']
    const child = spawnWatched([initdb, '-D', draft, '-U', 'postgres', `--pwfile=${passwordFile}`, ...form], {
      ...identity,
      cwd: '/',
      env: bareEnvironment,
      ending: 'killAll',
      stdout: 'ignore',
    })
    let said = ''
    child.stderr?.on('data', (bytes) => {
      said += bytes
    })
    child.once('error', (error) => reject(identityRefused(identity, error)))
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(code === 126 || code === 127 ? cannotRun(initdb) : reasonFrom(said, 'initdb', record.home))
    })
  })

/** What an interrupted start left. When a remnant cannot be removed, a later start does it. */
const removeDrafts = (home: string) => {
  for (const name of readdirSync(home)) {
    if (!name.startsWith(`${dataName}.`) || name === recordName) continue
    try {
      rmSync(join(home, name), { recursive: true, force: true })
    } catch {}
  }
}

/** The file is there, so what the system misses is what runs it. */
export const cannotRun = (program: string) =>
  new StartError(`${program} does not run on this system, which lacks its C library (glibc): set DATABASE_URL`)

/**
 * Makes an empty database cluster under another name and renames it when it is whole, so that an interrupted start
 * leaves nothing half-made to trip over.
 */
export const makeCluster = async (initdb: string, cluster: Cluster): Promise<void> => {
  const { folder, record, data, identity } = cluster
  if (!identity) demandPasswdEntry()
  const draft = `${data}.${randomBytes(6).toString('hex')}`
  const passwordFile = `${draft}.password`
  try {
    removeDrafts(record.home)
    writeRecord(folder, record)
    mkdirSync(draft, { mode: 0o700 })
    writeFileSync(passwordFile, record.passwords.superuser, { mode: 0o600 })
    if (identity) for (const path of [draft, passwordFile]) chownSync(path, identity.uid, identity.gid)
    await runInitdb(initdb, cluster, draft, passwordFile)
    renameSync(draft, data)
  } catch (error) {
    throw folderRefused(record.home, error)
  } finally {
    removeDrafts(record.home)
  }
}
