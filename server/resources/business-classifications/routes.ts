/** The routes of business classifications: the same for everybody, and read from no table. */
import { type BusinessClassification, businessClassifications } from '@clearyard/contract/business-classifications.ts'
import { Refusal } from '@clearyard/contract/errors.ts'
import { type Hal, link } from '@clearyard/contract/hal.ts'
import { pathOf } from '@clearyard/contract/links.ts'
import type { ReadRoute } from '../../http/route.ts'
import { idSchema, type JsonSchema, linksSchema, listSchema } from '../../http/schemas.ts'

const classificationBody = ({ id, name, industries }: BusinessClassification): Hal => ({
  _links: { self: link(pathOf('business-classification', id), 'business-classification') },
  _embedded: { 'industry-classifications': industries },
  id,
  name,
})

const industrySchema: JsonSchema = {
  type: 'object',
  required: ['id', 'name'],
  properties: { id: idSchema, name: { type: 'string' } },
}

const classificationSchema: JsonSchema = {
  type: 'object',
  required: ['_links', '_embedded', 'id', 'name'],
  properties: {
    _links: linksSchema,
    _embedded: {
      type: 'object',
      required: ['industry-classifications'],
      properties: { 'industry-classifications': { type: 'array', items: industrySchema } },
    },
    id: idSchema,
    name: { type: 'string' },
  },
}

const tag = 'business classifications'

export const businessClassificationRoutes: readonly ReadRoute[] = [
  {
    method: 'GET',
    path: '/business-classifications',
    operationId: 'listBusinessClassifications',
    tag,
    summary: 'List business classifications',
    description: 'Every group of industries, with the ids that a business names its industry by; without pages.',
    answers: { 200: listSchema('business-classifications', classificationSchema) },
    errors: [],
    answer: () => ({
      _links: {},
      _embedded: { 'business-classifications': businessClassifications.map(classificationBody) },
      total: businessClassifications.length,
    }),
  },
  {
    method: 'GET',
    path: '/business-classifications/{id}',
    operationId: 'retrieveBusinessClassification',
    tag,
    summary: 'Get a business classification',
    description: 'One group of industries.',
    answers: { 200: classificationSchema },
    errors: ['NotFound'],
    answer: ({ id }) => {
      const classification = businessClassifications.find((known) => known.id === id)
      if (!classification) throw new Refusal('NotFound')
      return classificationBody(classification)
    },
  },
]
