/**
 * `<dwolla-customer-create>`: a person, or with `isBusiness` somebody acting for a business, becomes a customer whose
 * identity is not verified: unverified, or with `type="receive-only"` one who can only receive.
 */
import { createCustomerKinds, customerFields } from '@clearyard/contract/customers.ts'
import { checkBody, type Kind } from '@clearyard/contract/fields.ts'
import { callApi } from '../../base/call.ts'
import { Failure } from '../../base/failure.ts'
import { createForm, type Typed } from '../../base/form.ts'
import { explain, problemsOf } from '../../base/problems.ts'
import { texts } from '../../base/texts.ts'
import type { Part } from '../../core/part.ts'
import type { ValuesOf } from '../../core/tags.ts'
import type { TextField } from '../../fields/text-field.ts'

type Values = ValuesOf<'dwolla-customer-create'>
type Name = 'email' | 'firstName' | 'lastName' | 'businessName'

const field = (name: Name, autocomplete: AutoFill, container: string): TextField => ({
  name,
  label: customerFields[name].label,
  placeholder: texts.placeholders[name],
  classes: { container, input: `dwolla-customer-input dwolla-customer-${name}` },
  autocomplete,
  inputMode: name === 'email' ? 'email' : 'text',
})

const inputs = {
  email: field('email', 'email', 'dwolla-width-1'),
  firstName: field('firstName', 'given-name', 'dwolla-width-2 margin-bump'),
  lastName: field('lastName', 'family-name', 'dwolla-width-2'),
  businessName: field('businessName', 'organization', 'dwolla-width-1'),
} as const satisfies Record<Name, TextField>

const isInput = (name: string): name is Name => Object.hasOwn(inputs, name)

const namesShown = ({ isBusiness }: Values): readonly Name[] =>
  isBusiness ? ['email', 'firstName', 'lastName', 'businessName'] : ['email', 'firstName', 'lastName']

/** `type` goes along for receive-only alone; what the page gave beside the fields goes along unseen. */
const bodyOf = ({ type, ipAddress, correlationId }: Values, typed: Typed): Record<string, string> => ({
  ...typed,
  ...(type === 'receive-only' ? { type } : {}),
  ...(ipAddress ? { ipAddress } : {}),
  ...(correlationId ? { correlationId } : {}),
})

/** The contract's kind, with a business name that somebody acting for a business must give. */
const kindOf = ({ type, isBusiness }: Values): Kind => {
  const { required, optional } = createCustomerKinds[type === 'receive-only' ? type : 'unverified']
  return { required: isBusiness ? [...required, 'businessName'] : required, optional }
}

const part: Part<'dwolla-customer-create'> = {
  mount(host) {
    const { values } = host
    const form = createForm(host, {
      name: 'customer-create',
      submit: { text: texts.agreeAndContinue, className: 'dwolla-customer-submit' },
      fields: () => namesShown(values).map((name) => inputs[name]),
      own: () => values,
      check: (typed) => {
        const { errors } = checkBody(customerFields, kindOf(values), typed)
        return new Map(
          errors.flatMap((error) => {
            const name = error.path.slice(1)
            return isInput(name) ? [[name, explain(error, customerFields[name], typed[name] ?? '')]] : []
          }),
        )
      },
      send: async (typed) => {
        if (values.type === 'receive-only' && !(values.terms && values.privacy))
          throw new Failure(texts.addressesMissing)
        const body = bodyOf(values, typed)
        const { ok, response } = await callApi(host, {
          action: 'customer.create',
          method: 'POST',
          path: 'customers',
          body,
        })
        return ok ? texts.customerCreated : problemsOf(response, namesShown(values))
      },
    })
    for (const name of Object.keys(inputs).filter(isInput)) form.fill(name, values[name])
    return {
      changed: (property) =>
        property !== null && isInput(property) ? form.fill(property, values[property]) : form.draw(),
    }
  },
}

export default part
