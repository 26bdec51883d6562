/** Sixteen bytes written as a UUID: the first of a digest, or of a random source. */
export const uuidFrom = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, 16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
