import { createHash, createHmac } from 'node:crypto'

/** What an attacker may know: a genuine token of their own, and what a stolen database shows of it. */
export interface Material {
  readonly token: string
  readonly id: string
  readonly verifier: string
}

/**
 * Values for the session cookie that no server sealed: V-ID of the checklist. None holds a `;`, and none is the
 * token with blanks around it, which is the token.
 */
export function forgedValues({ token, id, verifier }: Material): readonly string[] {
  const bytes = Buffer.from(token, 'base64url')
  const [head, seal] = [bytes.subarray(0, 52), bytes.subarray(52)]
  const encode = (...parts: readonly Buffer[]): string => Buffer.concat(parts).toString('base64url')
  const values = [
    // Shapes.
    '',
    'A',
    '-',
    '_',
    '=',
    '==',
    '0',
    '1',
    '-1',
    '1e309',
    '0x0',
    'true',
    'null',
    'undefined',
    'NaN',
    '[object Object]',
    ...[1, 42, 43, 44, 90, 91, 92, 128, 4096, 65_536].flatMap((length) => ['A'.repeat(length), 'w'.repeat(length)]),
    ...Array.from({ length: 90 }, (_, length) => token.slice(0, length + 1)),
    token.slice(1),
    ...['A', '=', '==', '.', '_', '-', '%00', '%20', '.sig', '.s%3A', ',', token].map((end) => token + end),
    ...['A', '=', 's:', 'j:', 's%3A', '"', '%', '.'].map((start) => start + token),
    `"${token}"`,
    `"${token}`,
    `'${token}'`,
    // Other spellings of the same bytes.
    token.toUpperCase(),
    token.toLowerCase(),
    swapCase(token),
    token.replaceAll('-', '+').replaceAll('_', '/'),
    token.replaceAll('-', '+').replaceAll('_', '/') + '=',
    bytes.toString('base64'),
    bytes.toString('hex'),
    bytes.toString('latin1').replaceAll(/[^\x21-\x3a\x3c-\x7e]/g, '.'),
    percentEncode(token),
    percentEncode(percentEncode(token)),
    `%${token.charCodeAt(0).toString(16)}${token.slice(1)}`,
    token.split('').toReversed().join(''),
    ...otherLastCharacters(token).map((last) => token.slice(0, -1) + last),
    // Genuine parts put together anew.
    encode(head),
    encode(seal, head),
    encode(head, Buffer.alloc(16)),
    encode(head, Buffer.alloc(16, 0xff)),
    encode(Buffer.alloc(52), seal),
    encode(head, seal.subarray(0, 15)),
    encode(head, seal, seal),
    encode(bytes.subarray(0, 16), Buffer.from([0, 0, 0, 1]), bytes.subarray(20)),
    encode(bytes.subarray(0, 16), Buffer.from([0xff, 0xff, 0xff, 0xff]), bytes.subarray(20)),
    encode(bytes.subarray(0, 20), Buffer.from(verifier, 'base64url'), seal),
    encode(head, createHash('sha256').update(head).digest().subarray(0, 16)),
    ...['', 'secret', 'changeme', '0'.repeat(32)].map((key) =>
      encode(head, createHmac('sha256', key).update(head).digest().subarray(0, 16)),
    ),
    // What the database and the page show.
    id,
    `${id}.${verifier}`,
    verifier,
    createHash('sha256').update(token).digest('base64url'),
    createHash('sha256').update(token).digest('hex'),
    // Names that mean something to an object, a shell, a file system, a database, a cache, a template.
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    '../../etc/passwd',
    '..\\..\\windows\\win.ini',
    '/dev/null',
    'C:\\',
    'CON',
    '*',
    '?',
    '.',
    '..',
    'sess_*',
    '~root',
    '`id`',
    '$(id)',
    '|id',
    "' OR 1=1--",
    '" OR ""="',
    "'); DROP TABLE holdfast_sessions--",
    '1 UNION SELECT * FROM holdfast_sessions',
    "%' --",
    "admin'/*",
    '{"$gt":""}',
    '{"$ne":null}',
    'j:{"$ne":1}',
    'j:["x"]',
    's:',
    's:admin.sig',
    `s:${token}.c2ln`,
    '[]',
    '{}',
    '"x"',
    'KEYS *',
    '*1 $4 KEYS',
    'holdfast:*',
    `holdfast:${id}`,
    `${'a'.repeat(251)}`,
    'a b',
    '(cn=*)',
    '<script>alert(1)</script>',
    '{{7*7}}',
    '${7*7}',
    '#{7*7}',
    '%s%s%n',
    '%0d%0aSet-Cookie: x=y',
    '\\u0000',
    '%00',
    '%FF',
    '%C0%AF',
    '%ED%A0%80',
    // Other people's formats.
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZG1pbiJ9.AAAA',
    Buffer.from(JSON.stringify({ id, subject: 'admin' })).toString('base64url'),
    'Fe26.2**0cdd607945dd1dffb7da0b0bf5f1a7daa6218cbae14cac51dcbd91fb077aeb5b*aOZLCKLhCt0D5IU1qLTtYw**',
    'O:8:"stdClass":0:{}',
    '00000000-0000-0000-0000-000000000000',
  ]
  return [...new Set(values)].filter((value) => value !== token && !value.includes(';'))
}

/** The same values as they may look once something decoded them: text that no ASCII header holds. */
export function unicodeValues(token: string): readonly string[] {
  return [
    `\u212a${token.slice(1)}`,
    token.replace(/[A-Z]/, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
    ...['\u00a0', '\u2000', '\u3000', '\ufeff', '\u0085', '\u200b', '\ud800'].flatMap((blank) => [
      blank + token,
      token + blank,
    ]),
    'ø'.repeat(91),
    '\u{1f36a}',
  ]
}

/** What Node's parser keeps out of a header, and other servers may not. */
export function controlValues(token: string): readonly string[] {
  return [
    ...['\0', '\x01', '\x08', '\x0b', '\x0c', '\x1f', '\x7f', '\r', '\n', '\r\n'].flatMap((control) => [
      control + token,
      token + control,
      `a${control}b`,
    ]),
    `${token.slice(0, 45)}\0${token.slice(45)}`,
  ]
}

/** The token with each bit of its text turned over: 91 characters of 8 bits. */
export function bitFlips(token: string): readonly Buffer[] {
  return Array.from({ length: token.length * 8 }, (_, bit) => {
    const bytes = Buffer.from(token, 'latin1')
    const index = bit >> 3
    bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7))
    return bytes
  })
}

/** The last character holds four bits of the seal and two of nothing: three more spellings decode alike. */
function otherLastCharacters(token: string): readonly string[] {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return alphabet.split('').filter((character) => !token.endsWith(character))
}

function swapCase(text: string): string {
  return text.replaceAll(/[a-zA-Z]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
}

function percentEncode(text: string): string {
  return text.replaceAll(/./gs, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
