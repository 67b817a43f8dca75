import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { bundlePage } from '../src/world/page-bundle.ts'

describe('the page as it is sent', () => {
  it('is small: at most 40 kB of script and 8 kB of style, gzipped', async () => {
    const { js, css } = await bundlePage()
    const sizes = { js: gzipSync(js).length, css: gzipSync(css).length }
    console.log(`page: ${sizes.js} bytes of script, ${sizes.css} bytes of style (gzip)`)
    expect(sizes.js).toBeLessThanOrEqual(40 * 1024)
    expect(sizes.css).toBeLessThanOrEqual(8 * 1024)
    expect(sizes.js).toBeGreaterThan(4 * 1024)
  })

  it('asks nobody else for anything', async () => {
    const { js, css } = await bundlePage()
    const addresses = [...`${js}${css}`.matchAll(/https?:\/\/[a-z0-9.-]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => address !== 'http://www.w3.org')).toEqual([])
    expect(css).not.toMatch(/@font-face|url\((?!["']?data:)/)
  })
})

describe('the colours', () => {
  const css = readFileSync(fileURLToPath(new URL('../web/theme.css', import.meta.url)), 'utf8')
  const [light = '', dark = ''] = [...css.matchAll(/:root \{([^}]*--ground[^}]*)\}/g)].map(([, block]) => block)
  const read = (block: string, name: string): string => new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(block)?.[1] ?? `no --${name}`
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const contrast = (a: string, b: string): number => {
    const [dim = 0, bright = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
    return (bright + 0.05) / (dim + 0.05)
  }
  const lightness = (colour: string): number => 116 * Math.cbrt(luminance(colour)) - 16

  describe.each([
    ['by day', light],
    ['by night', dark],
  ])('%s', (_, block) => {
    it('stand out from every ground by 4.5 to 1', () => {
      for (const ink of ['good', 'warn', 'bad', 'shed', 'muted', 'text'])
        for (const ground of ['ground', 'surface', 'raised'])
          expect(contrast(read(block, ink), read(block, ground)), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    })

    it('that carry meaning differ in lightness too, for whoever sees no hue', () => {
      const levels = ['good', 'warn', 'bad', 'shed'].map((name) => lightness(read(block, name))).toSorted((a, b) => a - b)
      for (const [index, level] of levels.slice(1).entries()) expect(level - (levels[index] ?? 0)).toBeGreaterThan(5)
    })
  })
})
