/** The checkbox by which a person agrees to terms and privacy policies, the page's own and the payment provider's. */
import { html, nothing, type TemplateResult } from 'lit-html'
import { live } from 'lit-html/directives/live.js'
import { texts } from '../base/texts.ts'
import type { Options, Provider } from '../core/options.ts'
import { problemText } from './text-field.ts'

/** The checkbox's name, beside those of the fields. */
export const agreementName = 'agreed'

const dwolla: Provider = {
  name: 'Dwolla',
  terms: 'https://www.dwolla.com/legal/tos/',
  privacy: 'https://www.dwolla.com/legal/privacy/',
}

/**
 * A sandbox page rehearses what the person will see at Dwolla. Elsewhere only the page knows who provides the payments,
 * and nobody is asked to accept the terms of a company that is not part of it.
 */
const providerOf = ({ provider, environment }: Options): Provider | null =>
  provider ?? (environment === 'sandbox' ? dwolla : null)

/** The address as a link may carry it: samples leave out the scheme, and no scheme but http(s) may run. */
const safeAddress = (address: string): string | null => {
  const url = URL.parse(address.startsWith('www.') ? `https://${address}` : address, document.baseURI)
  return address !== '' && url && /^https?:$/.test(url.protocol) ? url.href : null
}

const documentLink = (address: string, name: string): TemplateResult | string => {
  const href = safeAddress(address)
  return href === null ? name : html`<a class="dwolla-link" href=${href} target="_blank" rel="noopener">${name}</a>`
}

const pair = (first: TemplateResult | string, second: TemplateResult | string): TemplateResult =>
  html`${first} ${texts.and} ${second}`

/**
 * @param own addresses of the page's terms and privacy policy; a missing one is named without a link
 * @param changed called with whether the box is now checked
 */
export const agreement = (
  own: { readonly terms: string; readonly privacy: string },
  options: Options,
  agreed: boolean,
  problem: string | undefined,
  changed: (agreed: boolean) => void,
): TemplateResult => {
  const provider = providerOf(options)
  return html`<div class="dwolla-customer-tos"
    ><div class="dwolla-customer-checkbox"
      ><input id=${agreementName} name=${agreementName} type="checkbox" aria-required="true"
        aria-invalid=${problem ? 'true' : 'false'} aria-describedby=${problem ? `${agreementName}-problem` : nothing}
        .checked=${live(agreed)}
        @change=${(event: Event) => changed((event.target as HTMLInputElement).checked)}
    /></div
    ><span class="dwolla-customer-text"><label for=${agreementName}>${texts.agreeTo} ${pair(
      documentLink(own.terms, texts.terms),
      documentLink(own.privacy, texts.privacy),
    )}${
      provider
        ? html` ${texts.asWellAs} ${pair(
            documentLink(provider.terms, texts.of(provider.name, texts.terms)),
            documentLink(provider.privacy, texts.of(provider.name, texts.privacy)),
          )}`
        : nothing
    }.</label></span
  ></div>${problemText(agreementName, problem)}`
}
