/**
 * The base of every form: what was typed, what is wrong with it, what is being sent, and where the focus goes.
 * A component gives the plan; the form draws it into the element's shadow root.
 */
import { html, nothing, render, type TemplateResult } from 'lit-html'
import type { AnyHost } from '../core/part.ts'
import { agreement, agreementName } from '../fields/agreement.ts'
import { type TextField, textField } from '../fields/text-field.ts'
import { reportFailure } from './call.ts'
import { Failure } from './failure.ts'
import { noProblems, type Problems } from './problems.ts'
import { styleSheet } from './style-sheet.ts'
import { texts } from './texts.ts'

/** What was typed, by name of the field, without white space around it. */
export type Typed = Readonly<Record<string, string>>

/**
 * @property name of the component; its class is `dwolla-<name>`
 * @property fields the inputs to show now, in order
 * @property own addresses of the page's terms and privacy policy
 * @property check what is wrong with what was typed: texts by name of the field
 * @property send makes the calls; gives the text of the success, or the problems an answer named
 */
export type FormPlan = {
  readonly name: string
  readonly submit: { readonly text: string; readonly className: string }
  fields(): readonly TextField[]
  own(): { readonly terms: string; readonly privacy: string }
  check(typed: Typed): ReadonlyMap<string, string>
  send(typed: Typed): Promise<string | Problems>
}

export type Form = {
  draw(): void
  /** Puts a text into a field: the page's prefill, also when it comes late. */
  fill(name: string, text: string): void
}

/** `sent` is final: the form is gone and cannot be sent twice. */
type Phase = { readonly is: 'open' | 'sending' } | { readonly is: 'sent'; readonly text: string }

export const createForm = (host: AnyHost, plan: FormPlan): Form => {
  const values = new Map<string, string>()
  let agreed = false
  let problems = noProblems
  let phase: Phase = { is: 'open' }

  const typed = (): Typed =>
    Object.fromEntries(plan.fields().map(({ name }) => [name, (values.get(name) ?? '').trim()]))

  const check = (): Problems => {
    const fields = new Map(plan.check(typed()))
    if (!agreed) fields.set(agreementName, texts.agree)
    return { fields, rest: fields.size > 1 ? texts.severalWrong(fields.size) : null }
  }

  /** While a person mends a field its error goes as soon as the error is gone, and no new one comes. */
  const mend = (name: string): void => {
    if (problems.fields.has(name)) {
      const fields = new Map(problems.fields)
      const still = check().fields.get(name)
      if (still === undefined) fields.delete(name)
      else fields.set(name, still)
      problems = { fields, rest: null }
    }
    draw()
  }

  const focus = (selector: string): void => host.root.querySelector<HTMLElement>(selector)?.focus()

  const show = (found: Problems): void => {
    problems = found
    draw()
    if (found.fields.size > 0) focus('[aria-invalid=true]')
  }

  const send = async (): Promise<void> => {
    phase = { is: 'sending' }
    problems = noProblems
    draw()
    try {
      const outcome = await plan.send(typed())
      phase = typeof outcome === 'string' ? { is: 'sent', text: outcome } : { is: 'open' }
      if (typeof outcome !== 'string') return show(outcome)
      values.clear()
      draw()
      focus('#dwolla-success')
    } catch (cause) {
      const message = cause instanceof Failure ? cause.message : texts.unexpected
      if (!(cause instanceof Failure)) reportError(cause)
      phase = { is: 'open' }
      show({ fields: new Map(), rest: message })
      reportFailure(host, message)
    }
  }

  const submitted = (event: Event): void => {
    event.preventDefault()
    if (phase.is !== 'open') return
    const found = check()
    if (found.fields.size > 0) show(found)
    else void send()
  }

  const body = (): TemplateResult => html`${plan.fields().map((field) =>
    textField(field, values.get(field.name) ?? '', problems.fields.get(field.name), (text) => {
      values.set(field.name, text)
      mend(field.name)
    }),
  )}${agreement(plan.own(), host.options, agreed, problems.fields.get(agreementName), (checked) => {
    agreed = checked
    mend(agreementName)
  })}<div class="alert" role="alert">${message('error', problems.rest)}</div
    ><div class="dwolla-submit ${plan.submit.className}"
      ><input type="submit" class=${phase.is === 'sending' ? 'dwolla-loading' : ''} .value=${plan.submit.text}
        aria-disabled=${phase.is === 'sending' ? 'true' : 'false'}
    /></div>`

  const draw = (): void => {
    const { styles } = host.options
    render(
      html`${styles ? html`<link rel="stylesheet" href=${styles} />` : nothing}<form class="dwolla-${plan.name}"
        novalidate autocomplete="on" aria-busy=${phase.is === 'sending' ? 'true' : 'false'}
        ?hidden=${phase.is === 'sent'} @submit=${submitted}>${phase.is === 'sent' ? nothing : body()}</form
        ><div role="status">${
          phase.is === 'sent'
            ? message('success', phase.text)
            : html`<span class="unseen">${phase.is === 'sending' ? texts.sending : nothing}</span>`
        }</div>`,
      host.root,
    )
  }

  host.root.adoptedStyleSheets = [styleSheet]
  return {
    draw,
    fill: (name, text) => {
      values.set(name, text)
      mend(name)
    },
  }
}

/** Dwolla's pages style these by class or by id, so they carry both. */
const message = (kind: 'success' | 'error' | 'info', text: string | null): TemplateResult | typeof nothing =>
  text === null
    ? nothing
    : html`<div id="dwolla-${kind}" class="dwolla-${kind}" tabindex="-1"
        ><span id="dwolla-${kind}-message" class="dwolla-${kind}-message">${text}</span></div>`
