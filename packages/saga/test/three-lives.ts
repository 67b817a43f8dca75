/**
 * A rule is a rule however a saga lives: undisturbed; losing its lease with every commit, so that each step is reached by replay; and in a process that dies
 * just before or just after a commit, for every commit in turn. One call of `rule` makes the three tests.
 */
import { createEngine, type Engine, type EngineOptions } from '@distrokit/saga'
import type { Life } from '@distrokit/saga/testing'
import { test } from 'vitest'
import { chance, createTop, type Mode, type Top } from './bench-top.ts'

export interface Death {
  readonly at: number
  readonly how: 'before' | 'after'
}

/** @param body is run with a fresh bench top, in the last way once for each death that there is */
export function rule(name: string, body: (top: Top, mode: Mode) => Promise<void>): void {
  test(`${name} (undisturbed)`, () => body(createTop(), 'undisturbed'))
  test(`${name} (replayed after every commit)`, () => body(createTop('replayed'), 'replayed'))
  test(`${name} (killed around every commit)`, async () => {
    for (const how of ['before', 'after'] as const) {
      for (let at = 0; ; at++) {
        const top = createMortal({ at, how })
        await body(top, 'killed')
        if (!top.died()) break
        if (at > 60) throw new Error('the saga never stops committing')
      }
    }
  })
}

/** What a service that keeps keys has seen: the same effect again is the same effect. */
class Kept extends Array<string> {
  override push(...effects: string[]): number {
    for (const effect of effects) if (!this.includes(effect)) super.push(effect)
    return this.length
  }
}

function createMortal(death: Death): Top & { died(): boolean } {
  const top = createTop()
  const random = chance(1)
  let commits = 0
  let died = false

  /** One process after another, and callers who ask the next one when the last does not answer. */
  function engine(options: Omit<EngineOptions, 'store' | 'clock'>): Engine & { readonly life: Life } {
    let over: PromiseWithResolvers<void>
    let life: Life
    let current: Engine
    const begin = (): void => {
      over = Promise.withResolvers()
      life = top.world.life(top.store)
      life.plan = () => {
        if (died || commits++ !== death.at) return 'live'
        died = true
        const { resolve } = over
        queueMicrotask(() => {
          begin()
          resolve()
        })
        return death.how
      }
      current = createEngine({ random, owner: 'worker', ...options, store: life.store, clock: life.clock })
      current.onEvent((event) => top.events.push(event))
    }
    async function ask<T>(question: (engine: Engine) => Promise<T>): Promise<T> {
      for (;;) {
        const answered = question(current)
        const answer = answered.then(() => true, () => true)
        if (await Promise.race([answer, over.promise.then(() => false)])) return answered
        answered.catch(() => {})
      }
    }
    begin()
    let started = 0
    const start: Engine['start'] = async (definition, input, { id = `saga ${started++}`, ...more } = {}) => {
      await ask((each) => each.start(definition, input, { ...more, id }))
      return { id, result: (wait) => ask((each) => each.result(id, wait)) as never }
    }
    const asked = (method: 'result' | 'get' | 'cancel' | 'signal' | 'retry' | 'resolve') => (...args: never[]) => ask((each) => (each[method] as (...args: never[]) => Promise<never>)(...args))
    return {
      ...current!, start,
      result: asked('result'), get: asked('get'), cancel: asked('cancel'), signal: asked('signal'), retry: asked('retry'), resolve: asked('resolve'),
      list: (query) => current.list(query),
      get held() {
        return current.held
      },
      get life() {
        return life
      },
    }
  }

  return { ...top, effects: new Kept(), engine, died: () => died }
}
