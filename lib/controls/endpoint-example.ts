import type { EndpointState } from '../kinds/endpoint.ts';

/** An address with a well-kept web server: what the endpoint controls start their examples from. */
export const wellKept: EndpointState = {
  kind: 'endpoint',
  name: 'www.example.org',
  address: '192.0.2.10',
  tags: {},
  isGlobal: true,
  rules: [],
  ports: [{ id: 'tcp/443', port: 443, service: 'https', banner: null }],
  tls: [
    {
      id: 'tcp/443',
      port: 443,
      startTls: null,
      versions: ['TLSv1.2', 'TLSv1.3'],
      suites: [
        { version: 'TLSv1.3', code: '0x1301', name: 'TLS_AES_128_GCM_SHA256' },
        { version: 'TLSv1.2', code: '0xc02b', name: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' },
      ],
      dhBits: null,
      keyType: 'prime256v1',
      keyBits: 256,
      signature: 'ecdsa-with-SHA256',
      ocspStapled: true,
      http2: true,
      plain: null,
      incomplete: null,
    },
  ],
  certificates: [
    {
      id: 'tcp/443',
      port: 443,
      subject: 'CN=www.example.org',
      issuer: 'CN=Example CA',
      names: ['www.example.org'],
      notBefore: '2026-11-01T00:00:00.000Z',
      notAfter: '2027-02-01T00:00:00.000Z',
      serial: '01',
      chainLength: 3,
      trustError: null,
      coversName: true,
    },
  ],
  http: [
    {
      id: 'tcp/443',
      port: 443,
      scheme: 'https',
      status: 200,
      score: 115,
      grade: 'A+',
      points: [
        {
          test: 'content-security-policy',
          points: 5,
          text: 'Content-Security-Policy without anything unsafe',
        },
      ],
      redirectsToHttps: false,
      hstsSeconds: 31_536_000,
      banner: null,
    },
  ],
  ssh: [],
  databases: [],
  mail: [],
};
