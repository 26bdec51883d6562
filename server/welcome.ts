/** What the start prints: where it is, whom to say one is, and lines to copy for every client. */
import type { Mode } from './config.ts'

export type WelcomeFacts = {
  mode: Mode
  version: string
  /** Where it listens. */
  origin: string
  /** What clients see, when that is another origin. */
  publicUrl?: string
  /** Of the default world; null when there is none. */
  world: { key: string; secret: string } | null
  /** Where documents are kept. */
  documentsFolder: string
  /** Since the process began. */
  readyMs: number
}

type Snippet = { title: string; install: string; code: string }

type Style = { strong(text: string): string; faint(text: string): string; accent(text: string): string }

const ansi = (code: number) => (text: string) => `\u001b[${code}m${text}\u001b[0m`
const unchanged = (text: string) => text

const styleFor = (colour: boolean): Style =>
  colour
    ? { strong: ansi(1), faint: ansi(2), accent: ansi(36) }
    : { strong: unchanged, faint: unchanged, accent: unchanged }

/** A text in single quotes, as JavaScript, Python, Ruby and PHP read it alike. */
const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

/** The same for a shell. */
const shellQuoted = (text: string): string => (/^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`)

/** Each is a whole program that gets a token and shows the root resource. */
export const snippets = (url: string, world: { key: string; secret: string }): Snippet[] => {
  const [key, secret, origin] = [world.key, world.secret, url].map(quoted)
  return [
    {
      title: 'curl',
      install: '',
      code: `TOKEN=$(curl -s -u ${shellQuoted(`${world.key}:${world.secret}`)} -d grant_type=client_credentials ${url}/token | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
curl -H "Authorization: Bearer $TOKEN" -H 'Accept: application/vnd.dwolla.v1.hal+json' ${url}/`,
    },
    {
      title: 'Node',
      install: 'npm install dwolla-v2',
      code: `const { Client } = require('dwolla-v2')
const dwolla = new Client({ key: ${key}, secret: ${secret}, environment: 'sandbox' })
dwolla.apiUrl = ${origin}
dwolla.tokenUrl = dwolla.apiUrl + '/token'
dwolla.get('/').then((response) => console.log(response.body))`,
    },
    {
      title: 'TypeScript',
      install: 'npm install dwolla',
      code: `import { Dwolla } from 'dwolla'
const security = { clientID: ${key}, clientSecret: ${secret} }
const dwolla = new Dwolla({ serverURL: ${origin}, security })
console.log(await dwolla.root.get())`,
    },
    {
      title: 'Python',
      install: 'pip install dwollav2',
      code: `import dwollav2
url = ${origin}
dwollav2.Client.ENVIRONMENTS['local'] = {'auth_url': url + '/auth', 'token_url': url + '/token', 'api_url': url}
client = dwollav2.Client(key=${key}, secret=${secret}, environment='local')
print(client.Auth.client().get('/').body)`,
    },
    {
      title: 'Ruby',
      install: 'gem install dwolla_v2',
      code: `require 'dwolla_v2'
url = ${origin}
DwollaV2::Client::ENVIRONMENTS[:local] = { auth_url: url + '/auth', token_url: url + '/token', api_url: url }
client = DwollaV2::Client.new(key: ${key}, secret: ${secret}, environment: :local)
p client.auths.client.get('/')`,
    },
    {
      title: 'PHP',
      install: 'composer require dwolla/dwollaswagger',
      code: `<?php
require 'vendor/autoload.php';
DwollaSwagger\\Configuration::$username = ${key};
DwollaSwagger\\Configuration::$password = ${secret};
$api = new DwollaSwagger\\ApiClient(${origin});
DwollaSwagger\\Configuration::$access_token = (new DwollaSwagger\\TokensApi($api))->token()->access_token;
print_r((new DwollaSwagger\\RootApi($api))->root());`,
    },
  ]
}

const sandbox = ({ version, origin, publicUrl, world, readyMs }: WelcomeFacts, style: Style): string => {
  const url = publicUrl ?? origin
  const rows: [string, string][] = [
    ['API', style.accent(url)],
    ...(world
      ? ([
          ['Key', world.key],
          ['Secret', world.secret],
        ] as [string, string][])
      : []),
    ['Playground', style.accent(`${url}/playground`)],
    ['Docs', style.accent(`${url}/docs`)],
  ]
  const head = `${style.strong('Clearyard')} ${version} ${style.faint(`· sandbox · ready in ${(readyMs / 1000).toFixed(2)} s`)}`
  const facts = rows.map(([name, value]) => `${style.faint(name.padEnd(11))} ${value}`)
  // code stands at the margin, so that what is copied needs no mending
  const code = world
    ? snippets(url, world).flatMap(({ title, install, code }) => [
        '',
        `${style.strong(title)}${install && style.faint(` · ${install}`)}`,
        code,
      ])
    : []
  return ['', head, '', ...facts, ...code, ''].join('\n')
}

const production = ({ version, origin, publicUrl, documentsFolder }: WelcomeFacts, style: Style): string =>
  [
    `${style.strong('Clearyard')} ${version} · production · ${publicUrl ?? origin}, listening on ${origin}`,
    `Documents are kept in ${documentsFolder}, which every server of this database needs.`,
    'No rail to a bank is there yet: a transfer that needs a bank is refused.',
  ].join('\n')

/**
 * The text for a person; in production it has no secret.
 * @param colour false for a pipe, and when NO_COLOR asks for plain text
 */
export const welcome = (facts: WelcomeFacts, colour: boolean): string =>
  (facts.mode === 'sandbox' ? sandbox : production)(facts, styleFor(colour))
