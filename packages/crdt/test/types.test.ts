import { expect, expectTypeOf, it } from 'vitest'
import { createDoc, max, s, type ValueOf } from '../src/index.ts'

const schema = s.doc({
  theme: s.register<'light' | 'dark'>('light'),
  title: s.register<string>(),
  tags: s.set<string>(),
  byKey: s.map(s.counter()),
  todos: s.movableList(s.record({ text: s.text(), done: s.register(false) })),
  best: s.register(0, { resolve: max }),
})

it('values and drafts have the types of the schema, and wrong use does not compile', () => {
  const doc = createDoc(schema, { actor: 'a' })
  expectTypeOf(doc.value.theme).toEqualTypeOf<'light' | 'dark'>()
  expectTypeOf(doc.value.title).toEqualTypeOf<string | undefined>()
  expectTypeOf(doc.value.best).toEqualTypeOf<number>()
  expectTypeOf(doc.value.tags).toEqualTypeOf<readonly string[]>()
  expectTypeOf(doc.value.byKey).toEqualTypeOf<{ readonly [key: string]: number }>()
  expectTypeOf<ValueOf<typeof schema>['todos'][number]>().toEqualTypeOf<{ readonly text: string; readonly done: boolean }>()

  const wrong = (): void => {
    // @ts-expect-error -- the plain value is readonly
    doc.value.theme = 'dark'
    // @ts-expect-error -- also inside
    doc.value.tags.push('x')
    doc.edit((d) => {
      d.best.set(7)
      // @ts-expect-error -- not a theme
      d.theme.set('blue')
      // @ts-expect-error -- a set of strings
      d.tags.add(1)
      // @ts-expect-error -- a counter adds numbers
      d.byKey.get('k').add('1')
      // @ts-expect-error -- no such container
      d.nothing.set(1)
    })
    // @ts-expect-error -- a set holds scalars
    s.set<{ id: number }>()
    // @ts-expect-error -- an actor is needed
    createDoc(schema, {})
  }
  expect(wrong).toBeTypeOf('function')
})
