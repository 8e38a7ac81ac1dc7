// The reference's script: opens the target of a link, finds operations, and sends requests.
'use strict'

const $ = (selector, within = document) => within.querySelector(selector)
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)]
/** The service's own address: this page is at docs/ below it. */
const root = new URL('..', location.href)
let token = ''

function openTarget() {
  const target =
    location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (!target) return
  for (let each = target; each; each = each.parentElement) if (each.tagName === 'DETAILS') each.open = true
  target.scrollIntoView()
}
addEventListener('hashchange', openTarget)
openTarget()

// A phone begins with the text, not with the contents.
if (matchMedia('(max-width: 60rem)').matches) $('nav details').open = false

const find = $('#find')
find.hidden = false
find.addEventListener('input', () => {
  const words = find.value.toLowerCase().split(/\s+/)
  for (const operation of $$('.operation')) {
    const text = `${operation.id} ${$('summary', operation).textContent}`.toLowerCase()
    operation.hidden = !words.every((word) => text.includes(word))
  }
  for (const section of $$('main > section'))
    section.hidden = find.value !== '' && !$('.operation:not([hidden])', section)
})

$('.login').hidden = false
$('#login').addEventListener('submit', async (event) => {
  event.preventDefault()
  const output = $('output', event.target)
  const { email, password } = Object.fromEntries(new FormData(event.target))
  const answer = await send(
    'POST',
    'api/v1/auth/login',
    { 'content-type': 'application/json' },
    JSON.stringify({ email, password }),
  )
  token = answer.body?.access_token ?? ''
  output.textContent = token
    ? `You are ${answer.body.user.name}, for ${answer.body.expires_in / 60} minutes.`
    : (answer.body?.detail ?? answer.text)
})

for (const form of $$('form.request'))
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const { method, path } = form.closest('.operation').dataset
    const query = new URLSearchParams()
    const headers = token ? { authorization: `Bearer ${token}` } : {}
    let address = path
    for (const { name, value, dataset } of $$('input', form)) {
      if (value === '') continue
      if (dataset.in === 'path') address = address.replace(`{${name}}`, encodeURIComponent(value))
      if (dataset.in === 'query') query.set(name, value)
      if (dataset.in === 'header') headers[name] = value
    }
    const body = form.elements.body?.value
    if (body !== undefined) headers['content-type'] = 'application/json'
    const show = $('.answer', form)
    show.hidden = false
    show.textContent = '…'
    const answer = await send(
      method,
      `${address.slice(1)}${query.size > 0 ? `?${query}` : ''}`,
      headers,
      body,
    )
    show.textContent = answer.text
  })

/** Sends a request below the service's address; answers what came as text and, if it is JSON, as a value. */
async function send(method, address, headers, body) {
  try {
    const response = await fetch(new URL(address, root), { method: method.toUpperCase(), headers, body })
    const lines = [`${response.status} ${response.statusText}`]
    for (const name of ['location', 'etag', 'operation-id', 'retry-after'])
      if (response.headers.has(name)) lines.push(`${name}: ${response.headers.get(name)}`)
    // A stream has no end to wait for.
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
      await response.body.cancel()
      return { text: `${lines.join('\n')}\n\n(a stream)` }
    }
    const text = await response.text()
    const value = /json/.test(response.headers.get('content-type')) ? JSON.parse(text) : undefined
    return {
      body: value,
      text: `${lines.join('\n')}\n\n${value === undefined ? text : JSON.stringify(value, null, 2)}`,
    }
  } catch (error) {
    return { text: String(error) }
  }
}
