/** The playground: the component live, with controls, the code to copy, and everything it does. */
import './playground.css'
import { render } from 'lit-html'
import type { Options } from '../core/options.ts'
import { codeFor, type Language } from './code.ts'
import { highlight } from './highlight.ts'
import { newSample, privacy, readSettings, type Settings, terms } from './settings.ts'
import { timeline } from './timeline.ts'
import { type Entry, watchRequests } from './watch.ts'

const tokenPath = '/playground/token'

const byId = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`no #${id}`)
}

const settingsForm = byId('settings', HTMLFormElement)
const languageForm = byId('languages', HTMLFormElement)
const mount = byId('mount', HTMLDivElement)
const code = byId('code', HTMLPreElement)
const copied = byId('copied', HTMLSpanElement)

let sample = newSample()
let entries: readonly Entry[] = []

const settings = (): Settings => readSettings(settingsForm, sample)

const showTimeline = (): void => {
  render(timeline(entries), byId('timeline', HTMLDivElement))
}

const tell = (entry: Entry): void => {
  entries = [...entries, entry]
  showTimeline()
}

const codeText = (): string => {
  const language = new FormData(languageForm).get('language')
  return codeFor((language ?? 'html') as Language, settings(), location.origin)
}

const showCode = (): void => {
  copied.textContent = ''
  render(highlight(codeText()), code)
}

/** Sets the properties that the settings ask for, on an element that is shown or about to be. */
const apply = (element: HTMLElement, { type, isBusiness, sample: person }: Settings): void => {
  const { email, firstName, lastName, businessName } = person ?? {}
  Object.assign(element, { type, isBusiness, email, firstName, lastName, businessName, terms, privacy })
}

const startAgain = (): void => {
  const element = document.createElement('dwolla-customer-create')
  apply(element, settings())
  mount.replaceChildren(element)
}

const options: Options = {
  environment: 'sandbox',
  tokenUrl: tokenPath,
  success: (payload) => tell({ at: new Date(), ms: null, step: { is: 'success', payload } }),
  error: (payload) => tell({ at: new Date(), ms: null, step: { is: 'error', payload } }),
}

const copy = async (): Promise<void> => {
  try {
    await navigator.clipboard.writeText(codeText())
    copied.textContent = 'Copied'
  } catch {
    // no clipboard where the page is not served securely: mark the text, and the keyboard can copy it
    getSelection()?.selectAllChildren(code)
    copied.textContent = 'Marked: press Ctrl+C or ⌘C'
  }
}

settingsForm.addEventListener('change', (event) => {
  if (event.target instanceof HTMLInputElement && event.target.name === 'prefill') sample = newSample()
  const element = mount.firstElementChild
  if (element instanceof HTMLElement) apply(element, settings())
  showCode()
})
languageForm.addEventListener('change', showCode)
byId('again', HTMLButtonElement).addEventListener('click', () => {
  sample = newSample()
  startAgain()
  showCode()
})
byId('clear', HTMLButtonElement).addEventListener('click', () => {
  entries = []
  showTimeline()
})
byId('copy', HTMLButtonElement).addEventListener('click', copy)

watchRequests(tokenPath, tell)
window.dwolla?.configure(options)
startAgain()
showCode()
showTimeline()
