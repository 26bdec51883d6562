/** A small React 19 page with the element in it, for the test beside this file to bundle. */
import { createElement, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

export type Props = { readonly [name: string]: string | boolean | undefined }

declare global {
  interface Window {
    /** Renders the element with other props. */
    change(props: Props): void
  }
}

const addresses = { terms: 'https://www.example.com/terms', privacy: 'https://www.example.com/privacy' }

const SignUp = () => {
  const [props, change] = useState<Props>({ firstName: 'Ada', email: 'ada@example.com', isBusiness: true })
  window.change = change
  return createElement('main', null, createElement('dwolla-customer-create', { ...addresses, ...props }))
}

createRoot(document.getElementById('root')!).render(createElement(StrictMode, null, createElement(SignUp)))
