/** The code to copy: what a page, a React component and a server need for the form that is shown. */
import { privacy, type Settings, terms } from './settings.ts'

export type Language = 'html' | 'react' | 'server'

/** The element's attributes as settings ask for them; a flag is `true`. */
const attributesOf = ({ type, isBusiness, sample }: Settings): readonly (readonly [string, string | true])[] => [
  ...(type ? [['type', type] as const] : []),
  ...(isBusiness ? [['isBusiness', true] as const] : []),
  ...(sample
    ? ([
        ['email', sample.email],
        ['firstName', sample.firstName],
        ['lastName', sample.lastName],
        ...(isBusiness ? [['businessName', sample.businessName] as const] : []),
      ] as const)
    : []),
  ['terms', terms],
  ['privacy', privacy],
]

const element = (settings: Settings, indent: string): string => {
  const lines = attributesOf(settings).map(([name, value]) => (value === true ? name : `${name}="${value}"`))
  return [`${indent}<dwolla-customer-create`, ...lines.map((line) => `${indent}  ${line}`)].join('\n')
}

const configure = (indent: string): string =>
  [
    'dwolla.configure({',
    "  environment: 'sandbox',",
    "  tokenUrl: '/token',",
    '  success: ({ resource, response }) => console.log(resource, response),',
    '  error: (message) => console.error(message),',
    '})',
  ]
    .map((line) => indent + line)
    .join('\n')

const html = (settings: Settings, origin: string): string => `<script src="${origin}/dwolla-web.js"></script>
<script>
${configure('  ')}
</script>

${element(settings, '')}>
</dwolla-customer-create>
`

const react = (
  settings: Settings,
  origin: string,
): string => `// index.html: <script src="${origin}/dwolla-web.js"></script>
import { useEffect } from 'react'

export const CreateCustomer = () => {
  useEffect(() => {
${configure('    ')}
  }, [])

  return (
${element(settings, '    ')}
    />
  )
}
`

const server = (
  origin: string,
): string => `// POST /token: what the component asks for, minted with your application's token
app.post('/token', async (request, response) => {
  const { action, _links } = request.body
  const answer = await fetch('${origin}/client-tokens', {
    method: 'POST',
    headers: {
      Authorization: \`Bearer \${await applicationToken()}\`,
      Accept: 'application/vnd.dwolla.v1.hal+json',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ action, _links }),
  })
  const { token } = await answer.json()
  response.json({ token })
})
`

/** @param origin where this server is */
export const codeFor = (language: Language, settings: Settings, origin: string): string => {
  if (language === 'server') return server(origin)
  return language === 'react' ? react(settings, origin) : html(settings, origin)
}
