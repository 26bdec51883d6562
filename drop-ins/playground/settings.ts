/** What the visitor chose: which of the component's attributes are set. */
export type Settings = {
  readonly type: '' | 'receive-only'
  readonly isBusiness: boolean
  readonly sample: Sample | null
}

export type Sample = {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  readonly businessName: string
}

export const terms = 'https://www.example.com/terms'
export const privacy = 'https://www.example.com/privacy'

/** A person whose e-mail nobody has used yet. */
export const newSample = (): Sample => ({
  firstName: 'Jane',
  lastName: 'Merchant',
  email: `jane.${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36)}@example.com`,
  businessName: 'Jane’s Bakery',
})

export const readSettings = (form: HTMLFormElement, sample: Sample): Settings => {
  const chosen = new FormData(form)
  return {
    type: chosen.get('kind') === 'receive-only' ? 'receive-only' : '',
    isBusiness: chosen.has('business'),
    sample: chosen.has('prefill') ? sample : null,
  }
}
