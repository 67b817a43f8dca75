import type { Env } from '../../../packages/chaos/src/index.ts'

/**
 * A mark on a simulated disk, in two slots that are written in turn, each with a check of its own: a torn write spoils the slot that
 * was older anyway. `durable` is what the disk has promised to keep.
 */
export function markStore(env: Env) {
  let turn = 0
  let durable = 0
  return {
    durable: () => durable,
    async load(): Promise<number | undefined> {
      let best: number | undefined
      for (const slot of ['mark 0', 'mark 1']) {
        const text = new TextDecoder().decode(await env.disk.read(slot))
        const [mark, twice] = text.split(' ')
        if (mark === undefined || mark === '' || mark !== twice) continue
        if (best === undefined || Number(mark) > best) {
          best = Number(mark)
          turn = slot === 'mark 0' ? 1 : 0
        }
      }
      return best
    },
    async save(mark: number): Promise<void> {
      await env.disk.write(`mark ${turn}`, new TextEncoder().encode(`${mark} ${mark}`))
      turn = 1 - turn
      await env.disk.sync()
      durable = mark
    },
  }
}
