/**
 * The drop-ins' own look, in a cascade layer: whatever the page's `styles` say wins over it, although an adopted sheet
 * comes after every link.
 */
import css from './form.css?inline'

export const styleSheet = new CSSStyleSheet()
styleSheet.replaceSync(css)
