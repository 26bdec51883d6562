/** A labelled text input with its error beneath it, tied to it for those who do not see it. */
import { html, nothing, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'

/**
 * @property name of the field in the request
 * @property classes Dwolla's hooks for the container and the input
 * @property autocomplete the purpose of the input, so that browsers can fill it
 */
export type TextField = {
  readonly name: string
  readonly label: string
  readonly placeholder: string
  readonly classes: { readonly container: string; readonly input: string }
  readonly autocomplete: AutoFill
  readonly inputMode: 'text' | 'email'
}

export const textField = (
  { name, label, placeholder, classes, autocomplete, inputMode }: TextField,
  value: string,
  problem: string | undefined,
  typed: (value: string) => void,
): TemplateResult => html`<div class="dwolla-input-container ${classes.container}"
  ><label for=${name}>${label}</label
  ><input id=${name} name=${name} class=${classes.input} type="text" placeholder=${placeholder}
    inputmode=${inputMode} autocomplete=${autocomplete} autocapitalize=${inputMode === 'email' ? 'none' : 'words'}
    spellcheck="false" aria-required="true" aria-invalid=${problem ? 'true' : 'false'}
    aria-describedby=${problem ? `${name}-problem` : nothing} .value=${live(value)}
    @input=${(event: InputEvent) => typed((event.target as HTMLInputElement).value)}
  />${problemText(name, problem)}</div>`

/** The error of a field, with the id its input refers to. */
export const problemText = (name: string, problem: string | undefined): TemplateResult | typeof nothing =>
  problem ? html`<span id="${name}-problem" class="field-problem">${problem}</span>` : nothing
