/** The steps the component took, latest last, as a list to read. */
import { html, nothing, type TemplateResult } from 'lit-html'
import { highlight } from './highlight.ts'
import type { Entry, Step } from './watch.ts'

const titles = {
  token: 'A client token is asked for',
  api: 'The API is called with it',
  success: 'Your success callback runs',
  error: 'Your error callback runs',
} as const satisfies Record<Step['is'], string>

const lineLength = 52

/** JSON with whatever fits on a line kept on one. */
const written = (value: unknown, indent = ''): string => {
  const line = JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ')
  if (typeof value !== 'object' || value === null || indent.length + line.length <= lineLength) return line
  const inner = `${indent}  `
  const entries = Object.entries(value).map(([name, each]) =>
    Array.isArray(value) ? inner + written(each, inner) : `${inner}"${name}": ${written(each, inner)}`,
  )
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  return `${open}\n${entries.join(',\n')}\n${indent}${close}`
}

const json = (value: unknown): TemplateResult => html`<pre>${highlight(written(value))}</pre>`

const labelled = (label: string, content: unknown): TemplateResult | typeof nothing =>
  content === null || content === '' ? nothing : html`<p class="label">${label}</p>${json(content)}`

const statusText = (status: number | null): TemplateResult =>
  status === null
    ? html`<span class="status bad">no answer</span>`
    : html`<span class="status ${status < 400 ? 'good' : 'bad'}">${status}</span>`

const detail = (step: Step): TemplateResult => {
  if (step.is === 'success') return html`<p class="call">success({ resource, response })</p>${json(step.payload)}`
  if (step.is === 'error') return html`<p class="call">error(message)</p>${json(step.payload)}`
  return html`<p class="call">${step.request} ${statusText(step.answer?.status ?? null)}</p>
    ${labelled('Sent', step.sent)}
    ${step.answer?.headers ? html`<p class="label">Answered</p><pre>${step.answer.headers}</pre>` : nothing}
    ${labelled(step.answer?.headers ? 'With' : 'Answered', step.answer?.body ?? null)}`
}

const item = ({ step, at, ms }: Entry): TemplateResult => html`<li class="step ${step.is}">
  <h3>${titles[step.is]}</h3>
  <p class="when">
    <time datetime=${at.toISOString()}>${at.toLocaleTimeString('en-GB')}</time>${ms === null ? nothing : ` · ${ms} ms`}
  </p>
  ${detail(step)}
</li>`

const empty = html`<ol class="steps waiting">
  <li class="step token"><h3>${titles.token}</h3><p>by the component, from your server: one for each call</p></li>
  <li class="step api"><h3>${titles.api}</h3><p>from the browser, once: the token is used up</p></li>
  <li class="step success"><h3>${titles.success}</h3><p>with what was created, or what was wrong</p></li>
</ol>
<p class="hint">Fill in the form and send it to see these steps happen.</p>`

export const timeline = (entries: readonly Entry[]): TemplateResult =>
  entries.length === 0 ? empty : html`<ol class="steps">${entries.map(item)}</ol>`
