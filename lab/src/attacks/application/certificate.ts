import { generateKeyPairSync, sign } from 'node:crypto'

/** A key and a certificate that vouches for itself, for a server of one run. Browsers must be told to accept it. */
export function selfSigned(host: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(set(sequence(COMMON_NAME, der(UTF8_STRING, Buffer.from(host)))))
  const validity = sequence(utcTime('200101000000Z'), utcTime('491231235959Z'))
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  const signed = sequence(VERSION_3, der(INTEGER, Buffer.from([1])), ECDSA_SHA256, name, validity, name, subjectKey)
  const signature = der(BIT_STRING, Buffer.concat([Buffer.from([0]), sign('sha256', signed, privateKey)]))
  const certificate = sequence(signed, ECDSA_SHA256, signature)
  return {
    key: pem('PRIVATE KEY', privateKey.export({ type: 'pkcs8', format: 'der' })),
    cert: pem('CERTIFICATE', certificate),
  }
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

const INTEGER = 0x02
const BIT_STRING = 0x03
const OBJECT_IDENTIFIER = 0x06
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const SEQUENCE = 0x30
const SET = 0x31
const CONTEXT_0 = 0xa0

const VERSION_3 = der(CONTEXT_0, der(INTEGER, Buffer.from([2])))
/** 1.2.840.10045.4.3.2 */
const ECDSA_SHA256 = sequence(der(OBJECT_IDENTIFIER, Buffer.from('2a8648ce3d040302', 'hex')))
/** 2.5.4.3 */
const COMMON_NAME = der(OBJECT_IDENTIFIER, Buffer.from('550403', 'hex'))

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(SEQUENCE, Buffer.concat(parts))
}

function set(...parts: readonly Buffer[]): Buffer {
  return der(SET, Buffer.concat(parts))
}

function utcTime(text: string): Buffer {
  return der(UTC_TIME, Buffer.from(text))
}

/** Tag, length, value. No part of a certificate this small is longer than two bytes of length can say. */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), value])
}
