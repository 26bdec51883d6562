/**
 * The element behind every tag: thin, with all its properties from the first moment, so that a framework finds them
 * (React 19 sets a property only where there is one, once). What it shows is loaded when it is first needed.
 */

import type { Options } from './options.ts'
import type { Host, Part, View } from './part.ts'
import type { Tag, TagName } from './tags.ts'

/**
 * What all elements of a page share.
 * @property options null until the page has configured
 * @property shown the connected elements
 */
export type Page = {
  options: Options | null
  readonly shown: Set<{ refresh(): void }>
  apiUrl(): string
  load(part: string): Promise<{ default: Part<TagName> }>
  report(message: string): void
}

/** Registers `name` as an element with the properties of its row in the table. */
export const defineShell = (name: string, { part, properties }: Tag, page: Page): void => {
  const names = Object.keys(properties)
  const byAttribute = new Map(names.map((property) => [property.toLowerCase(), property]))
  const isFlag = (property: string) => properties[property] === 'flag'

  class Shell extends HTMLElement {
    static readonly observedAttributes = [...byAttribute.keys()]

    static {
      for (const property of names) {
        Object.defineProperty(Shell.prototype, property, {
          enumerable: true,
          configurable: true,
          get(this: Shell) {
            return this.#values[property]
          },
          set(this: Shell, given: unknown) {
            this.#set(property, isFlag(property) ? Boolean(given) : String(given ?? ''))
          },
        })
      }
    }

    readonly #values = Object.fromEntries(names.map((property) => [property, isFlag(property) ? false : '']))
    readonly #root = this.attachShadow({ mode: 'open' })
    #view: View | null = null
    #loading = false

    connectedCallback(): void {
      // what was set before the element was defined hides the accessor, and is newer than any attribute
      for (const property of names.filter((each) => Object.hasOwn(this, each))) {
        const early: unknown = Reflect.get(this, property)
        Reflect.deleteProperty(this, property)
        Reflect.set(this, property, early)
      }
      page.shown.add(this)
      this.refresh()
    }

    disconnectedCallback(): void {
      page.shown.delete(this)
    }

    attributeChangedCallback(attribute: string, _before: string | null, now: string | null): void {
      const property = byAttribute.get(attribute) ?? attribute
      this.#set(property, isFlag(property) ? now !== null : (now ?? ''))
    }

    /** Shows the element once the page is configured, and again whenever it is configured anew. */
    refresh(): void {
      if (!page.options) return
      if (this.#view) this.#view.changed(null)
      else if (!this.#loading) this.#load()
    }

    #set(property: string, value: string | boolean): void {
      if (value === this.#values[property]) return
      this.#values[property] = value
      this.#view?.changed(property)
    }

    async #load(): Promise<void> {
      this.#loading = true
      try {
        this.#view = (await page.load(part)).default.mount(this.#host())
      } catch (cause) {
        page.report('We have encountered an issue loading a component.')
        reportError(cause)
      }
      this.#loading = false
    }

    #host(): Host<TagName> {
      return {
        root: this.#root,
        values: this.#values as Host<TagName>['values'],
        get options() {
          return page.options ?? {}
        },
        get apiUrl() {
          return page.apiUrl()
        },
      }
    }
  }

  customElements.define(name, Shell)
}
