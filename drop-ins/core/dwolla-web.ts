/**
 * `dwolla-web.js`: one classic script that gives a page `window.dwolla` and the elements. Loading it a second time,
 * from whichever path, changes nothing.
 */
import { type Options, wrongWith } from './options.ts'
import { defineShell, type Page } from './shell.ts'
import { tags } from './tags.ts'

/** Names of the built parts by name of the part; the build puts it in. */
declare const PART_FILES: Readonly<Record<string, string>>

declare global {
  interface Window {
    dwolla?: { configure(options: Options): void }
  }
}

const script =
  (document.currentScript as HTMLScriptElement | null) ??
  // a module has no current script
  document.querySelector<HTMLScriptElement>('script[src*="dwolla-web.js"]')
const address = new URL(script?.src ?? '', document.baseURI)

const page: Page = {
  options: null,
  shown: new Set(),
  apiUrl: () => new URL(page.options?.apiUrl ?? address.origin, document.baseURI).href.replace(/\/$/, ''),
  load: (part) => import(/* @vite-ignore */ new URL(`components/${PART_FILES[part]}`, address).href),
  report: (message) => report(page.options, message),
}

const report = (options: Options | null, message: string): void => {
  if (typeof options?.error === 'function') options.error(message)
  else console.error(message)
}

if (!window.dwolla?.configure) {
  window.dwolla = {
    configure: (options) => {
      const wrong = wrongWith(options)
      if (wrong !== null) return report(options, wrong)
      page.options = options
      for (const element of page.shown) element.refresh()
    },
  }
  for (const [name, tag] of Object.entries(tags)) defineShell(name, tag, page)
}
