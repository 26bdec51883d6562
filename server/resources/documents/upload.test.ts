/** Uploads as clients send them, and as no client should: what is taken, what is refused, and what is left behind. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createDatabase } from '../../db/database.ts'
import { openFileFolder } from '../../files/folder.ts'
import { ask } from '../../testing/ask.ts'
import { aDocumentCustomer, fileOf, rawForm, upload } from '../../testing/forms.ts'
import { type Answer, type Client, startTestServer, type TestServer } from '../../testing/harness.ts'
import { storedRows } from '../../testing/stored-rows.ts'
import { textTable } from '../../testing/text-table.ts'
import { createFileReader } from './file.ts'

const halType = 'application/vnd.dwolla.v1.hal+json'
const megabyte = 1024 * 1024

let server: TestServer
let client: Client
before(async () => {
  server = await startTestServer()
  client = await server.as()
})
after(() => server.stop())

const documentsOf = async (): Promise<string> => `${await aDocumentCustomer(client)}/documents`

/** What lies where files are kept, and what of it counts as abandoned. */
const filesKept = (): { kept: string[]; incoming: string[] } => {
  const all = readdirSync(server.filesFolder, { recursive: true, withFileTypes: true })
  const files = all.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  const isIncoming = (path: string) => path.startsWith(join(server.filesFolder, 'incoming'))
  return { kept: files.filter((path) => !isIncoming(path)), incoming: files.filter(isIncoming) }
}

/** Runs `calls`, and holds them to leave as many files more as they should, and nothing on its way. */
const leaving = async <T>(count: number, calls: () => Promise<T>): Promise<T> => {
  const before = filesKept().kept.length
  const result = await calls()
  const { kept, incoming } = filesKept()
  assert.deepEqual([kept.length - before, incoming], [count, []])
  return result
}

const refusal = ({ status, body }: Answer): string =>
  [status, body['code'], body['_embedded']?.['errors']?.['0']?.['code'], body['_embedded']?.['errors']?.['0']?.['path']]
    .filter((part) => part !== undefined)
    .join(' ')

describe('a file', () => {
  test('of exactly 10 MiB is taken, and comes out again as it went in', async () => {
    const file = fileOf('png', randomBytes(10 * megabyte - 8))
    const path = await documentsOf()
    const made = await leaving(1, () => upload(client, path, { file, name: 'my passport.png' }))
    assert.equal(made.status, 201, made.text)
    const files = openFileFolder(server.filesFolder)
    const read = createFileReader({ db: createDatabase(server.pool), sealer: server.sealer, files })
    const opened = await read(server.world.accountId, made.location?.split('/').at(-1) ?? '')
    assert.ok(opened)
    const { content, ...facts } = opened
    assert.deepEqual(facts, { name: 'my passport.png', mediaType: 'image/png', sizeBytes: 10 * megabyte })
    assert.ok(Buffer.concat(await Array.fromAsync(content)).equals(file))
  })

  test('of a byte more is answered 413, with a length or without, and nothing of it is left', async () => {
    const path = await documentsOf()
    await leaving(0, async () => {
      for (const bytes of [10 * megabyte - 7, 11 * megabyte, 24 * megabyte]) {
        const answer = await upload(client, path, { file: fileOf('png', Buffer.alloc(bytes)) })
        assert.equal(answer.status, 413, answer.text)
        assert.deepEqual(answer.body, {
          code: 'fileTooLarge',
          message: 'Document requests are limited to 10 MiB.',
        })
      }
      const { status, text } = await streamed(path, function* () {
        for (let part = 0; part < 16; part++) yield Buffer.alloc(megabyte)
      })
      assert.equal(status, 413, text)
    })
  })

  test('that says it is larger than any may be is refused before it is read', async () => {
    const headers = { ...sends('multipart/form-data; boundary=x'), 'content-length': String(2 ** 31) }
    const status = await new Promise<number>((resolve, reject) => {
      const call = request(server.origin + pathOfNobody, { method: 'POST', headers, agent: false }, (response) => {
        resolve(response.statusCode ?? 0)
        call.destroy()
      })
      call.on('error', reject)
      call.flushHeaders()
    })
    assert.equal(status, 413)
  })

  test('is judged by how it begins, not by its name or what it is said to be', async () => {
    const png = fileOf('png', '')
    const wrong: [name: string, file: Buffer | string][] = [
      ['id.png', 'GIF89a…'],
      ['id.png', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
      ['id.jpg', 'MZ\u0090\u0000'],
      ['id.png', png.subarray(0, 7)],
      ['id.png', Buffer.concat([Buffer.from(' '), png])],
      ['id.jpg', Buffer.from([0xff, 0xd8])],
      ['id.pdf', '%PDF'],
      ['id.exe', 'x'],
    ]
    const path = await documentsOf()
    await leaving(0, async () => {
      for (const [name, file] of wrong)
        assert.equal(refusal(await upload(client, path, { name, file, documentType: 'other' })), '400 invalidFileType')
    })
    await leaving(3, async () => {
      for (const [name, file] of [
        ['malware.exe', fileOf('png')],
        ['', fileOf('jpeg')],
        ['id.pdf', fileOf('png', '')],
      ] as const)
        assert.equal((await upload(client, path, { name, file })).status, 201)
    })
  })

  test('that would be large if anybody unpacked it is kept as the few bytes it is', async () => {
    // a PNG of 60,000 by 60,000 pixels: 3.6 GB in memory, 42 bytes here
    const header = Buffer.from('0000000d494844520000ea600000ea600806000000', 'hex')
    const bomb = fileOf('png', Buffer.concat([header, randomBytes(13)]))
    const [path] = await leaving(1, async () => {
      assert.equal((await upload(client, await documentsOf(), { file: bomb })).status, 201)
      return filesKept()
        .kept.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)
        .slice(-1)
    })
    assert.equal(statSync(path ?? '').size, bomb.length + 16)
  })

  test('with a name that leads elsewhere stays where files are', async () => {
    const names = [
      '../../../../tmp/planted.png',
      '/etc/passwd',
      'C:\\boot.ini',
      '..',
      '.',
      'a\u0000b',
      `${'n'.repeat(5000)}.png`,
    ]
    await leaving(names.length, async () => {
      for (const name of names) {
        const answer = await upload(client, await documentsOf(), { name })
        assert.equal(answer.status, 201, name.slice(0, 50))
      }
    })
    assert.equal(existsSync('/tmp/planted.png'), false)
    for (const path of filesKept().kept)
      assert.match(path.slice(server.filesFolder.length), /^\/[0-9a-f-]{36}\/[0-9a-f-]{36}$/)
  })

  test('is readable for its owner alone', async () => {
    await upload(client, await documentsOf())
    const { kept } = filesKept()
    for (const path of kept) assert.equal(statSync(path).mode & 0o077, 0)
    for (const path of ['incoming', server.world.accountId])
      assert.equal(statSync(join(server.filesFolder, path)).mode & 0o077, 0)
  })
})

const pathOfNobody = '/customers/00000000-0000-4000-8000-000000000000/documents'

const sends = (type: string) => ({
  accept: halType,
  authorization: `Bearer ${client.token}`,
  'content-type': type,
})

/** Uploads a picture whose content is made while it is sent. */
const streamed = async (path: string, content: () => Iterable<Buffer>, by = client) => {
  const head = '--x\r\ncontent-disposition: form-data; name="documentType"\r\n\r\nlicense\r\n'
  const file = '--x\r\ncontent-disposition: form-data; name="file"; filename="id.png"\r\n\r\n'
  const body = function* () {
    yield Buffer.from(head + file)
    yield fileOf('png')
    yield* content()
    yield Buffer.from('\r\n--x--\r\n')
  }
  const answer = await fetch(by.origin + path, {
    method: 'POST',
    headers: { ...sends('multipart/form-data; boundary=x'), authorization: `Bearer ${by.token}` },
    body: ReadableStream.from(body()),
    duplex: 'half',
  })
  return { status: answer.status, text: await answer.text() }
}

describe('a form', () => {
  const type = { headers: 'content-disposition: form-data; name="documentType"', content: 'license' }
  const file = () => ({
    headers: 'content-disposition: form-data; name="file"; filename="id.png"',
    content: fileOf('png'),
  })
  const field = (name: string) => ({ headers: `content-disposition: form-data; name="${name}"`, content: name })

  const posted = async (body: Buffer, contentType = 'multipart/form-data; boundary=frontier') => {
    const { status, text } = await ask(server.origin, 'POST', await documentsOf(), sends(contentType), body)
    return { status, code: text === '' ? '' : JSON.parse(text).code }
  }

  test('is read whatever the order of its parts, and whatever else is in it', async () => {
    const sound: Buffer[] = [
      rawForm('frontier', [type, file()]),
      rawForm('frontier', [file(), type]),
      rawForm('frontier', [field('a'), file(), field('__proto__'), type, field('b')]),
      rawForm('frontier', [{ ...type, content: 'none' }, type, file()]),
      Buffer.concat([Buffer.from('a preamble\r\n'), rawForm('frontier', [type, file()])]),
      Buffer.concat([rawForm('frontier', [type, file()]), Buffer.from('an epilogue')]),
      rawForm('frontier', [{ headers: 'x-no: disposition', content: 'x' }, type, file()]),
    ]
    await leaving(sound.length, async () => {
      for (const [index, body] of sound.entries())
        assert.deepEqual(await posted(body), { status: 201, code: '' }, String(index))
      return posted(Buffer.alloc(0))
    })
    for (const spelling of ['MULTIPART/FORM-DATA; BOUNDARY=frontier', 'multipart/form-data;boundary="frontier"; x=y'])
      assert.equal((await posted(rawForm('frontier', [type, file()]), spelling)).status, 201, spelling)
  })

  test('that is none is BadRequest, wherever it breaks off, and leaves nothing', async () => {
    const whole = rawForm('frontier', [type, file()])
    const broken: Buffer[] = [
      Buffer.alloc(0),
      Buffer.from('{}'),
      ...[10, 60, 90, 120, 180, whole.length - 20, whole.length - 8].map((length) => whole.subarray(0, length)),
      rawForm('another', [type, file()]),
      rawForm('frontier', [type, file(), file()]),
      rawForm('frontier', [...Array.from({ length: 17 }, (_, index) => field(`f${index}`)), type, file()]),
    ]
    await leaving(0, async () => {
      for (const [index, body] of broken.entries())
        assert.deepEqual(await posted(body), { status: 400, code: 'BadRequest' }, String(index))
      for (const contentType of ['multipart/form-data', 'multipart/form-data; boundary='])
        assert.deepEqual(await posted(whole, contentType), { status: 400, code: 'BadRequest' }, contentType)
    })
  })

  test('whose client goes away in the middle leaves nothing', async () => {
    const path = await documentsOf()
    const { kept } = filesKept()
    const whole = rawForm('x', [type, { ...file(), content: fileOf('png', randomBytes(megabyte)) }])
    for (const length of [200, 100_000, megabyte]) {
      const headers = { ...sends('multipart/form-data; boundary=x'), 'content-length': String(whole.length) }
      const call = request(server.origin + path, { method: 'POST', headers, agent: false })
      const ended = new Promise((resolve) => call.on('error', resolve))
      call.write(whole.subarray(0, length), () => call.destroy(new Error('the client went away')))
      await ended
    }
    // an answer that comes after is one that came after they were noticed
    await until(() => filesKept().incoming.length === 0)
    assert.deepEqual(filesKept(), { kept, incoming: [] })
    assert.equal((await upload(client, path)).status, 201)
  })

  test('with parts that are missing or wrong says so for each', async () => {
    const path = await documentsOf()
    const cases = textTable(
      ['documentType', 'file', 'answer'],
      `
      -        | png   | 400 ValidationError Required /documentType
      ''       | png   | 400 ValidationError Required /documentType
      Passport | png   | 400 ValidationError Invalid /documentType
      visa     | png   | 400 ValidationError Invalid /documentType
      license  | -     | 400 ValidationError Required /file
      license  | empty | 400 ValidationError Required /file
      -        | -     | 400 ValidationError Required /documentType
      `,
    )
    await leaving(0, async () => {
      for (const { documentType, file, answer } of cases) {
        const given = await upload(client, path, {
          documentType: documentType === '-' ? null : documentType === "''" ? '' : documentType,
          file: file === '-' ? null : file === 'empty' ? '' : fileOf('png'),
        })
        assert.equal(refusal(given), answer, `${documentType} ${file}`)
      }
      const both = await upload(client, path, { documentType: null, file: null })
      assert.deepEqual(JSON.parse(both.text)._embedded.errors, [
        { code: 'Required', message: 'DocumentType required.', path: '/documentType', _links: {} },
        { code: 'Required', message: 'File required.', path: '/file', _links: {} },
      ])
    })
  })
})

/** Waits for what comes about on its own; fails when it does not within seconds. */
const until = async (holds: () => boolean): Promise<void> => {
  for (let turn = 0; turn < 500 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.ok(holds())
}

test('50 uploads at once are taken without being held in memory', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const held = (): number => {
    collect()
    return process.memoryUsage().arrayBuffers
  }
  const customers = await Promise.all(Array.from({ length: 50 }, documentsOf))
  const part = randomBytes(megabyte / 4)
  const content = function* () {
    for (let sent = 0; sent < 16; sent++) yield part
  }
  const before = held()
  const weighed: number[] = []
  const scale = setInterval(() => weighed.push(held() - before), 20)
  try {
    const answers = await leaving(50, () => Promise.all(customers.map((path) => streamed(path, content))))
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [201])
  } finally {
    clearInterval(scale)
  }
  // 200 MiB went through; what both ends of a connection hold of it is a few buffers
  assert.ok(weighed.length > 5)
  assert.ok(Math.max(...weighed) < 80 * megabyte, String(weighed))
})

test('neither the rows, the files, the logs nor the events hold a file’s name, its content or its digest', async () => {
  const word = 'quxcanary'
  const file = fileOf('png', word.repeat(20_000))
  const path = await documentsOf()
  const made = await upload(client, path, { file, name: `${word}.png` })
  assert.equal(made.status, 201)
  await upload(client, path, { file, name: `${word}.png` })
  await upload(client, path, { file: `${word} is no picture`, name: `${word}.png` })
  const { kept } = filesKept()
  const rows = Object.values(await storedRows(server.pool)).flat()
  assert.ok(
    rows.some((row) => row.includes(made.location?.split('/').at(-1) ?? '')),
    'its row was looked at',
  )
  const stored = [...rows, ...kept.map((path) => readFileSync(path, 'latin1')), server.logged()]
  const hidden = [word, Buffer.from(word).toString('hex'), Buffer.from(`${word}${word}${word}`).toString('base64')]
  for (const text of stored) for (const secret of hidden) assert.ok(!text.includes(secret))
  const answers = [made, await client.get(path), await client.get(made.location ?? ''), await client.get('/events')]
  for (const { text } of answers) assert.ok(!text.includes(word))
})
