import { describe, expect, it } from 'vitest';
import { authorization, type Signed } from '../../../lib/providers/exoscale/sign.ts';

/** The signatures were computed with the official Python client's `ExoscaleV2Auth._sign_request`. */

const keys = { key: 'EXOtest', secret: 'correct horse' };
const request = (over: Partial<Signed>): Signed => ({
  method: 'GET',
  path: '/v2/security-group',
  query: [],
  body: '',
  expires: 1_700_000_000,
  ...over,
});

const vectors: { [what: string]: [Signed, string] } = {
  'a plain GET': [
    request({}),
    'credential=EXOtest,expires=1700000000,signature=Wm+mibw60Cq8x+uqMl3K0CC+yEkFDW84B+h460aIoBw=',
  ],
  'a POST with a body': [
    request({ method: 'POST', body: '{"name":"web"}' }),
    'credential=EXOtest,expires=1700000000,signature=cmUzpW8g26B02zYHFayDQ1Hfb+yzDMLL8Z4kcFR7mU4=',
  ],
  'a query, in whatever order it is sent': [
    request({
      path: '/v2/event',
      query: [
        ['to', '2026-01-02T00:00:00Z'],
        ['from', '2026-01-01T00:00:00Z'],
      ],
    }),
    'credential=EXOtest,signed-query-args=from;to,expires=1700000000,signature=N070aslRPVS9y5EKjAlpukzh5w78ByMlDaTA6RfHDPk=',
  ],
  'a name that is given twice': [
    request({
      query: [
        ['visibility', 'public'],
        ['a', '1'],
        ['a', '2'],
      ],
    }),
    'credential=EXOtest,signed-query-args=a;visibility,expires=1700000000,signature=RCmPDq3w5uNglKTGPatr6y/Z2yaAJYJ3CVv7qrUQdVo=',
  ],
  'a path with a colon and a body beyond ASCII': [
    request({
      method: 'PUT',
      path: '/v2/security-group/0b5a2d1c-0000-4000-8000-000000000001:add-source',
      body: '{"cidr":"198.51.100.0/24","x":"é"}',
    }),
    'credential=EXOtest,expires=1700000000,signature=YiFUaSlWOipgTDc127iC1tnu/pJqb/GEgZ1ac/D3gb8=',
  ],
};

describe('the signature is the one that the official client makes', () => {
  it.each(Object.entries(vectors))('%s', (_, [signed, header]) => {
    expect(authorization(keys, signed)).toBe(`EXO2-HMAC-SHA256 ${header}`);
  });
});
