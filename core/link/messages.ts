// How a message is written on the link: four bytes of length and JSON text (UTF-8). Both ends are
// ours, yet a length is checked before anything is kept.

/** A full batch of calls or of the journal is far smaller; more is a fault or an attack. */
export const maxMessageBytes = 8 * 1024 * 1024
const headBytes = 4

export function writeMessage(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(headBytes + length)
  bytes.writeUInt32BE(length)
  bytes.write(text, headBytes)
  return bytes
}

/** Collects chunks and gives the texts that are complete. */
export class MessageReader {
  #chunks: Buffer[] = []
  #size = 0
  /** Size of the message under way with its head; what is needed before it can be cut. */
  #wanted = headBytes

  push(chunk: Buffer): string[] {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size < this.#wanted) return []
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#size)
    const texts: string[] = []
    let at = 0
    this.#wanted = headBytes
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUInt32BE(at)
      if (length > maxMessageBytes) throw new Error(`message of ${length} bytes`)
      this.#wanted = headBytes + length
      if (bytes.length - at < this.#wanted) break
      texts.push(bytes.toString('utf8', at + headBytes, at + this.#wanted))
      at += this.#wanted
      this.#wanted = headBytes
    }
    this.#chunks = at === bytes.length ? [] : [bytes.subarray(at)]
    this.#size = bytes.length - at
    return texts
  }
}
