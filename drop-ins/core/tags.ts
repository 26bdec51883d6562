/**
 * The table of custom elements: what each is called, which part draws it, and its properties. Every property is also an
 * attribute, in lower case; a flag counts by the presence of its attribute. Names are those of Dwolla's library.
 */

export type PropertyKind = 'text' | 'flag'
export type Tag = { readonly part: string; readonly properties: Readonly<Record<string, PropertyKind>> }

export const tags = {
  'dwolla-customer-create': {
    part: 'customer-create',
    properties: {
      type: 'text',
      firstName: 'text',
      lastName: 'text',
      email: 'text',
      businessName: 'text',
      isBusiness: 'flag',
      ipAddress: 'text',
      correlationId: 'text',
      terms: 'text',
      privacy: 'text',
    },
  },
} as const satisfies Record<string, Tag>

export type TagName = keyof typeof tags

/** The properties of a tag as a view reads them: texts are `''` and flags false until given. */
export type ValuesOf<T extends TagName> = {
  readonly [P in keyof (typeof tags)[T]['properties']]: (typeof tags)[T]['properties'][P] extends 'flag'
    ? boolean
    : string
}
