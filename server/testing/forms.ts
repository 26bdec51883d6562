/** Forms with files, as clients send them, and as no client should. */
import { randomUUID } from 'node:crypto'
import { halType } from '@clearyard/contract/hal.ts'
import { type Answer, type Client, send } from './harness.ts'

const beginnings = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff, 0xe0],
  pdf: [...Buffer.from('%PDF-1.7\n')],
} as const

/** A file that begins as one of its kind does; `content` is unlike any other unless given. */
export const fileOf = (kind: keyof typeof beginnings, content: string | Buffer = randomUUID()): Buffer =>
  Buffer.concat([Buffer.from(beginnings[kind]), Buffer.from(content)])

export type Upload = { documentType?: string | null; file?: Buffer | string | null; name?: string }

/** Uploads a license, a picture of its own unless given; null leaves a part out. */
export const upload = (
  { origin, token }: { origin: string; token: string },
  path: string,
  { documentType = 'license', file = fileOf('png'), name = 'id.png' }: Upload = {},
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const form = new FormData()
  if (file !== null) form.append('file', new Blob([new Uint8Array(Buffer.from(file))]), name)
  if (documentType !== null) form.append('documentType', documentType)
  return send(origin, 'POST', path, {
    headers: { accept: halType, authorization: `Bearer ${token}`, ...headers },
    body: form,
  })
}

/** A form as its bytes are: parts of headers and content between boundaries. */
export const rawForm = (boundary: string, parts: readonly { headers: string; content: string | Buffer }[]): Buffer =>
  Buffer.concat([
    ...parts.flatMap(({ headers, content }) => [
      Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`),
      Buffer.from(content),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(`--${boundary}--\r\n`),
  ])

const address = { address1: '1 Main St', city: 'Des Moines', state: 'IA', postalCode: '50309' }

/** A new person of whom documents are wanted: where they live among the customers. */
export const aDocumentCustomer = async (client: Client, more: object = {}): Promise<string> => {
  const made = await client.post('/customers', {
    ...{ type: 'personal', firstName: 'Document', lastName: 'Wanted', email: `${randomUUID()}@x.test` },
    ...{ ...address, dateOfBirth: '1970-01-01', ssn: '1234' },
    ...more,
  })
  if (made.status !== 201) throw new Error(`no customer: ${made.status} ${made.text}`)
  return new URL(made.location ?? '').pathname
}
