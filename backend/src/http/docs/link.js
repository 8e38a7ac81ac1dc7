// The page that a link from a mail leads to. The token stands behind the # of the address, which is sent to nobody; it is
// taken from there at once, so that it stays in no history.
const form = document.querySelector('form')
const said = document.querySelector('output')
const token = location.hash.slice(1)
history.replaceState(null, '', location.pathname)

form.addEventListener('submit', (event) => {
  event.preventDefault()
  void send()
})

async function send() {
  const button = form.querySelector('button')
  button.disabled = true
  said.textContent = ''
  try {
    const response = await fetch(form.dataset.post, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, ...Object.fromEntries(new FormData(form)) }),
    })
    if (response.ok) {
      said.textContent = form.dataset.done
      form.hidden = true
      return
    }
    said.textContent = (await response.json()).detail
  } catch {
    said.textContent = 'The server cannot be reached. Try again.'
  }
  button.disabled = false
}
