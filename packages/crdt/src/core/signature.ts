/** What a document is told apart by on the wire: its schema's names and forms, and its id. */
import { checksum } from './codec/checksum.ts'
import type { Schema } from './plan.ts'

export function documentCode(schema: Schema, id: string): number {
  const bytes = new TextEncoder().encode(`${schema.signature}\n\n${id}`)
  return checksum(bytes, 0, bytes.length)
}
