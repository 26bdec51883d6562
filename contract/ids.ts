/** Ids of resources are UUIDs; Dwolla's oldest are written in upper case, so they compare without case. */
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The id in its one written form, or null when the text is no id. */
export const parseId = (text: string): string | null => (uuid.test(text) ? text.toLowerCase() : null)
