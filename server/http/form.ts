/**
 * Reading a form with a file as it arrives: the file is handed on piece by piece and never held as a whole. What is too
 * large is refused where that shows, and what the client still sends is passed over, so that it gets to see the answer.
 */
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Refusal } from '@clearyard/contract/errors.ts'
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { formBody } from './media-types.ts'

/** A file of a form: its name without folders, and its content as it arrives. */
export type FormFile = { name: string; content: AsyncIterable<Uint8Array> }

/** @typeParam F - what was made of the file */
export type Form<F> = { fields: ReadonlyMap<string, string>; file: F | null }

/** What is to become of the file of a form. */
export type FormOptions<F> = {
  /** The name of the part that is the file; others are passed over. */
  file: string
  maxFileBytes: number
  /** Is given the file as soon as it begins; when it fails, nothing of it may be left. */
  take: (file: FormFile) => Promise<F>
  /** Gives up what was taken, because the rest of the form is not sound. */
  drop: (taken: F) => Promise<void>
}

/**
 * Reads the form of one request.
 * @throws Refusal BadRequest when it is no sound form, fileTooLarge, or what `take` threw
 */
export type FormReader = <F>(options: FormOptions<F>) => Promise<Form<F>>

/** What a form may hold besides its file, in bytes: boundaries, headers and a few fields. */
const maxOtherBytes = 64 * 1024

const limits = { fields: 16, fieldSize: 1024, fieldNameSize: 100, headerPairs: 16, headerSize: 8 * 1024, files: 1 }

const noForm = () => new Refusal('BadRequest')
const tooLarge = () => new Refusal('fileTooLarge')

/** Makes `app` take forms and no other bodies; a route reads its form by itself. */
export const readForms = (app: FastifyInstance): void => {
  app.addContentTypeParser(formBody, (_request, _payload, done) => done(null))
  app.addHook('preParsing', async ({ headers }) => {
    if (!formBody.test(headers['content-type'] ?? ''))
      throw new Refusal('UnsupportedMediaType', { message: 'Send the body as multipart/form-data.' })
  })
}

const parserFor = (headers: IncomingMessage['headers'], maxFileBytes: number): BusboyInstance => {
  try {
    return new Busboy({ headers: headers as BusboyHeaders, limits: { ...limits, fileSize: maxFileBytes } })
  } catch {
    throw noForm()
  }
}

/** The content of a file, refused where it breaks off or becomes too large. */
async function* contentOf(file: BusboyFileStream): AsyncGenerator<Uint8Array> {
  try {
    // the parser waits for its file: it is read to the end even when nobody wants it any more
    yield* file.iterator({ destroyOnReturn: false })
  } catch {
    throw noForm()
  }
  if (file.truncated) throw tooLarge()
}

/** Feeds the parser with what arrives, at the pace at which it is taken, and lets what is left of it go by. */
const feed = async (
  from: IncomingMessage,
  parser: BusboyInstance,
  maxBytes: number,
  signal: AbortSignal,
): Promise<void> => {
  let bytes = 0
  try {
    // the socket outlives a form that is not read to its end: it carries the answer
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      signal.throwIfAborted()
      bytes += chunk.length
      if (bytes > maxBytes) throw tooLarge()
      if (!parser.write(chunk)) await once(parser, 'drain', { signal })
    }
    parser.end()
  } finally {
    from.resume()
  }
}

export const createFormReader =
  (request: FastifyRequest): FormReader =>
  async <F>({ file: fileName, maxFileBytes, take, drop }: FormOptions<F>) => {
    const { raw } = request
    const maxBytes = maxFileBytes + maxOtherBytes
    if (Number(raw.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
    const parser = parserFor(raw.headers, maxFileBytes)
    const fields = new Map<string, string>()
    const arriving: { file?: BusboyFileStream; taken?: Promise<F> } = {}
    const broken = new AbortController()
    for (const event of ['error', 'filesLimit', 'fieldsLimit']) parser.on(event, () => broken.abort())
    parser.on('field', (name, value) => fields.set(name, value))
    parser.on('file', (name, file, nameOfFile) => {
      file.on('error', () => broken.abort())
      if (name !== fileName) return file.resume()
      // its declaration does not say that a file may have no name
      const taken = take({ name: (nameOfFile as string | undefined) ?? '', content: contentOf(file) })
      taken.catch(() => file.resume())
      return Object.assign(arriving, { file, taken })
    })
    try {
      const { signal } = broken
      await Promise.all([once(parser, 'finish', { signal }), feed(raw, parser, maxBytes, signal)])
    } catch (error) {
      arriving.file?.destroy(noForm())
      await arriving.taken?.then(drop, () => {})
      throw error instanceof Refusal ? error : noForm()
    }
    return { fields, file: (await arriving.taken) ?? null }
  }
