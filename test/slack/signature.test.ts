import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type SignedRequest, whyForged } from '../../lib/slack/signature.ts';

/** The example of https://docs.slack.dev/authentication/verifying-requests-from-slack */
const secret = '8f742231b10e8888abcd99yyyzzz85a5';
const body = Buffer.from(
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
);
const official: SignedRequest = {
  timestamp: '1531420618',
  signature: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  body,
};
const then = new Date(1531420618 * 1000);
const at = (offsetMs: number) => new Date(then.getTime() + offsetMs);
const sign = (text: string, timestamp = '1531420618') =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${text}`).digest('hex')}`;

describe('a signature', () => {
  it("is believed as in Slack's own example, also five minutes off", () => {
    for (const now of [then, at(300_000), at(-300_000)]) expect(whyForged(official, secret, now)).toBeNull();
  });

  it('is over the bytes, not over what they mean', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x25]);
    const signature = `v0=${createHmac('sha256', secret).update('v0:1531420618:').update(bytes).digest('hex')}`;
    expect(whyForged({ ...official, body: bytes, signature }, secret, then)).toBeNull();
  });

  it.each<[string, Partial<SignedRequest>, Date, string]>([
    ['one byte of the body changed', { body: Buffer.from(`${body.toString()} `) }, then, secret],
    ['another secret', {}, then, 'another'],
    ['no secret set', {}, then, ''],
    ['no signature', { signature: undefined }, then, secret],
    ['no timestamp', { timestamp: undefined }, then, secret],
    ['a timestamp that is no number', { timestamp: '1531420618.5' }, then, secret],
    ['a timestamp that signs for another time', { timestamp: '1531420619' }, then, secret],
    ['another version', { signature: official.signature?.replace('v0', 'v1') }, then, secret],
    ['a signature cut short', { signature: official.signature?.slice(0, -2) }, then, secret],
    ['a signature in capitals', { signature: official.signature?.toUpperCase() }, then, secret],
    ['301 seconds old', {}, at(301_000), secret],
    ['301 seconds of the future', {}, at(-301_000), secret],
    ['an empty body signed for another', { body: Buffer.from(''), signature: sign('x') }, then, secret],
  ])('is not believed with %s', (_, over, now, key) => {
    expect(whyForged({ ...official, ...over }, key, now)).not.toBeNull();
  });
});
