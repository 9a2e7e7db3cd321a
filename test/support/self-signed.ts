import { generateKeyPairSync, sign } from 'node:crypto'

/** A certificate for one DNS name, valid for ever (RFC 5280, Ed25519 of RFC 8410), in as little DER as it takes. */
export function selfSigned(host: string): { key: string; cert: string } {
  const der = (tag: number, ...parts: Buffer[]) => {
    const content = Buffer.concat(parts)
    const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255]
    return Buffer.concat([Buffer.from([tag, ...length]), content])
  }
  const [sequence, set, oid, text, time, bits, octets, dnsName] = [0x30, 0x31, 0x06, 0x0c, 0x18, 0x03, 0x04, 0x82]
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const ed25519 = der(sequence, der(oid, Buffer.from([0x2b, 0x65, 0x70])))
  const commonName = der(sequence, der(oid, Buffer.from([0x55, 4, 3])), der(text, Buffer.from(host)))
  const name = der(sequence, der(set, commonName))
  const validity = der(sequence, ...['20200101000000Z', '99991231235959Z'].map((at) => der(time, Buffer.from(at))))
  const alternativeName = der(octets, der(sequence, der(dnsName, Buffer.from(host))))
  const extension = der(sequence, der(oid, Buffer.from([0x55, 0x1d, 0x11])), alternativeName)
  const [version3, serial] = [Buffer.from([0xa0, 3, 2, 1, 2]), Buffer.from([2, 1, 1])]
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const tbs = der(sequence, version3, serial, ed25519, name, validity, name, spki, der(0xa3, der(sequence, extension)))
  const signature = der(bits, Buffer.from([0]), sign(null, tbs, privateKey))
  const cert = der(sequence, tbs, ed25519, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${cert}\n-----END CERTIFICATE-----\n`,
  }
}
