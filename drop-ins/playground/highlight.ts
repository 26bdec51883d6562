/** Just enough syntax colouring for the code on this page. */
import { html, type TemplateResult } from 'lit-html'

const patterns = [
  ['name', String.raw`"[^"\n]*"(?=: )|[A-Za-z-]+(?=[:=](?![=>]))`],
  ['comment', String.raw`\/\/ [^\n]*`],
  ['text', String.raw`"[^"\n]*"|'[^'\n]*'|${'`'}[^${'`'}]*${'`'}`],
  ['tag', String.raw`<\/?[a-z][a-z-]*|\/?>(?=\n|<|$)`],
  ['word', String.raw`\b(?:import|from|export|const|return|await|async|true|false|null)\b`],
] as const

const token = new RegExp(patterns.map(([kind, source]) => `(?<${kind}>${source})`).join('|'), 'g')

/** `code` with its parts in spans of a class each; the text stays exactly as it is. */
export const highlight = (code: string): readonly (string | TemplateResult)[] => {
  const parts: (string | TemplateResult)[] = []
  let at = 0
  for (const match of code.matchAll(token)) {
    const kind = patterns.find(([name]) => match.groups?.[name] !== undefined)?.[0]
    parts.push(code.slice(at, match.index), html`<span class="code-${kind}">${match[0]}</span>`)
    at = match.index + match[0].length
  }
  return [...parts, code.slice(at)]
}
