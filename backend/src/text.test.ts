import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { normalAddress, normalPassword, TEXTS, type TextSort } from './text.ts'

const sorts = Object.entries<TextSort>(TEXTS)
const read = (sort: TextSort, text: string) => sort.fault?.(sort.spell(text)) ?? sort.spell(text)
/** Texts of characters that come in several spellings, or that are not drawn. */
const unicode = fc.string({ unit: fc.oneof(fc.constantFrom(...'aeAKIiıİſßςσΣ\u0301\u0307\u0327\u200d\u202e\u2066\u3000\ufe0f 　ﬁｱ각'), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' })) }) // prettier-ignore

describe('a text', () => {
  it('is spelled as before when it is spelled again', () => {
    for (const [name, { spell }] of sorts)
      fc.assert(fc.property(unicode, (text) => assert.equal(spell(spell(text)), spell(text), name)))
    fc.assert(
      fc.property(unicode, (text) => {
        assert.equal(normalPassword(normalPassword(text)), normalPassword(text))
      }),
    )
  })

  it('is the same whether it is typed composed or decomposed', () => {
    for (const [, sort] of sorts)
      fc.assert(
        fc.property(unicode, (text) => {
          assert.equal(read(sort, text.normalize('NFD')), read(sort, text.normalize('NFC')))
        }),
      )
  })
})

describe('a title', () => {
  const { title } = TEXTS
  const faultOf = (text: string) => title.fault(title.spell(text))

  it('has a visible character', () => {
    for (const text of [
      '',
      ' ',
      '\u00a0',
      '\u3000',
      '\u200b',
      '\u200d',
      '\ufe0f',
      '\u2060\ufeff',
      '\u00ad',
      '\u3164',
      '\uffa0',
      '\u115f',
      '\u2800',
      '\u{e0020}',
      '\u200e \u200f',
      '\u061c',
    ])
      // prettier-ignore
      assert.match(faultOf(text) ?? '', /visible/, JSON.stringify(text))
    for (const text of ['x', '.', '\u0301', '😀', '☃\ufe0e', '한', '\u200fא', '‿'])
      assert.equal(faultOf(text), undefined, JSON.stringify(text))
  })

  it('is one line that reads as it is written', () => {
    for (const code of [
      0, 1, 9, 10, 13, 0x1b, 0x7f, 0x85, 0x9f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069,
    ])
      assert.match(faultOf(`a${String.fromCodePoint(code)}b`) ?? '', /control/, code.toString(16))
  })

  it('keeps what emoji and languages are made of', () => {
    for (const text of ['👨‍👩‍👧‍👦', '❤️', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '👍🏽', 'می‌خواهم', 'क्‍ष', 'שלום\u200f!', 'ﬁ ② ㎏', 'ẞ ς']) {
      assert.equal(faultOf(text), undefined, text)
      assert.equal(title.spell(text), text.normalize('NFC'))
    }
  })
})

describe('any text', () => {
  it('has at most 30 marks on a character, and is refused at once when it has a hundred thousand', () => {
    const pile = (marks: number) => `a${'\u0316\u0301'.repeat(marks / 2)}`
    const began = performance.now()
    for (const name of ['title', 'line', 'lines', 'query'] as const) {
      const { spell, fault } = TEXTS[name]
      assert.equal(fault(spell(pile(30))), undefined)
      assert.match(fault(spell(pile(32))) ?? '', /30 marks/)
      assert.match(fault(spell(pile(100_000))) ?? '', /30 marks/)
    }
    assert(performance.now() - began < 1_000)
  })
})

describe('several lines', () => {
  it('have tabs and line breaks, and no other control characters', () => {
    const { lines } = TEXTS
    assert.equal(lines.fault('# a\n\tb\r\nc \u2067ד\u2069'), undefined)
    for (const code of [0, 1, 8, 0xb, 0xc, 0x1b, 0x7f, 0x9f])
      assert.match(lines.fault(`a${String.fromCodePoint(code)}`) ?? '', /control/, code.toString(16))
  })
})

describe('an e-mail address', () => {
  const alike = [
    ['ada@bücher.test', 'Ada@BÜCHER.test', 'ada@bu\u0308cher.test', 'ada@xn--bcher-kva.test', 'ADA@XN--BCHER-KVA.TEST'],
    ['ada@example.com', 'ada@ＥＸＡＭＰＬＥ.com', 'ada@example。com'],
    ['josé@example.com', 'jose\u0301@example.com', 'JOSÉ@example.com'],
    ['i̇i̇i̇@example.com', 'İİİ@example.com', 'I\u0307İi\u0307@example.com'],
    ['k@example.com', '\u212a@example.com'],
    ['ada@faß.example', 'ada@xn--fa-hia.example'],
  ] // prettier-ignore

  it('is one, in whatever case, composition or notation of its domain', () => {
    for (const [first, ...others] of alike)
      for (const other of others) assert.equal(normalAddress(other), normalAddress(first!), other)
    assert.equal(normalAddress('ada@bücher.test'), 'ada@xn--bcher-kva.test')
  })

  it('stays another one where letters differ', () => {
    const apart = ['ian@example.com', 'ıan@example.com', 'аda@example.com', 'ada@example.com', 'ada@fass.example', 'ada@faß.example', 'a.da@example.com', 'ada+x@example.com'] // prettier-ignore
    assert.equal(new Set(apart.map(normalAddress)).size, apart.length)
  })

  it('has a domain as DNS can have it', () => {
    for (const text of [
      'ada',
      '@a.b',
      'ada@',
      'a@b@c',
      'a da@b.c',
      'a@b..c',
      'a@b.c.',
      'a@.b',
      'a@127.1',
      'a@1',
      'a@0x7f',
      'a@ex%41mple.com',
      'a@xn--a',
      'a@b\u202ec.d',
      'a\u200bb@c.d',
      'a@[::1]',
      '"a"@b.c',
      `${'a'.repeat(65)}@b.c`,
    ])
      // prettier-ignore
      assert.equal(normalAddress(text), undefined, text)
  })
})
