/** What passes between the shell of an element, which the core defines, and the part that draws it, loaded lazily. */
import type { Options } from './options.ts'
import type { TagName, ValuesOf } from './tags.ts'

/**
 * What a part may know of its element and its page.
 * @property options the page's, as last configured
 * @property apiUrl base address of the API, without a slash at its end
 */
export type AnyHost = { readonly root: ShadowRoot; readonly options: Options; readonly apiUrl: string }
export type Host<T extends TagName> = AnyHost & { readonly values: ValuesOf<T> }

export type View = {
  /** Draws again: `property` was set, or (null) the page was configured again. */
  changed(property: string | null): void
}

/** The default export of each file in `components/`. */
export type Part<T extends TagName> = { mount(host: Host<T>): View }
