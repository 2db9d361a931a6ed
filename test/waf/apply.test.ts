import { Readable } from 'node:stream';
import { AllocateAddressCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateIPSetCommand, GetIPSetCommand, UpdateIPSetCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { describe, expect, test } from 'vitest';
import type { BlockSet } from '../../lib/logs/block-set.ts';
import { unblock } from '../../lib/logs/blocking.ts';
import type { OffenderLine } from '../../lib/logs/offender-line.ts';
import { IpSet } from '../../lib/providers/aws/ip-set.ts';
import { ownAddresses } from '../../lib/providers/aws/own-addresses.ts';
import { motoCredentials } from '../../lib/sandbox/moto.ts';
import { waf } from '../../lib/waf/command.ts';
import { WafLoop } from '../../lib/waf/policy.ts';
import { useMoto } from '../engines/moto.ts';
import { Settings } from '../real/settings.ts';
import { hit, hits } from './run-waf.ts';

const moto = useMoto();
const client = () =>
  new WAFV2Client({ endpoint: moto().endpoint, region: 'eu-central-1', credentials: motoCredentials });
let made = 0;

/** Two new IP sets on moto, with what stands in them before us. */
async function target(v4: string[] = [], v6: string[] = []) {
  const wafv2 = client();
  const names = [`v4-${++made}`, `v6-${made}`] as const;
  const ids: string[] = [];
  for (const [at, name] of names.entries()) {
    const { Summary } = await wafv2.send(
      new CreateIPSetCommand({
        Name: name,
        Scope: 'REGIONAL',
        IPAddressVersion: at === 0 ? 'IPV4' : 'IPV6',
        Addresses: at === 0 ? v4 : v6,
      }),
    );
    ids.push(Summary?.Id ?? '');
  }
  const read = async (at: 0 | 1) => {
    const { IPSet } = await wafv2.send(
      new GetIPSetCommand({ Name: names[at], Scope: 'REGIONAL', Id: ids[at] }),
    );
    return (IPSet?.Addresses ?? []).sort();
  };
  const sets = (['v4', 'v6'] as const).map(
    (family, at) =>
      new IpSet({ region: 'eu-central-1', scope: 'REGIONAL', name: names[at] ?? '', family }, async () =>
        client(),
      ),
  );
  return { names, ids, read, sets, wafv2 };
}

interface RunOf {
  sets: readonly BlockSet[];
  settings?: Settings;
  now?: string;
  trusted?: string[];
}

async function run(
  lines: readonly string[],
  { sets, settings = new Settings(), now = '2026-11-24T11:05:00Z', trusted = [] }: RunOf,
) {
  const out: OffenderLine[] = [];
  const told: string[] = [];
  const slept: number[] = [];
  const blocking = {
    settings,
    targets: [sets],
    owner: 'test',
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  const status = await waf(
    ['-'],
    { json: true, now: new Date(now), loop: 'waf', blocking },
    WafLoop.parse({}),
    { trusted, proxies: [] },
    {
      stdin: Readable.from([Buffer.from(lines.join('\n'))], { objectMode: false }),
      out: (line) => out.push(JSON.parse(line)),
      err: (line) => told.push(line),
    },
  );
  return { status, lines: out, told: told.join('\n'), slept };
}

const attack = hits(101, { client: '203.0.113.5' });
const attack6 = hits(101, { client: '2001:db8:0:1::5' });

describe('--apply', () => {
  test('ends when both families are written, beside what was there before us', async () => {
    const { sets, read } = await target(['192.0.2.1/32'], ['2001:db8:9::/64']);

    const { status } = await run([...attack, ...attack6, ...hits(101, { client: '10.0.0.1' })], { sets });

    expect(status).toBe(0);
    expect(await read(0)).toEqual(['192.0.2.1/32', '203.0.113.5/32']);
    expect(await read(1)).toEqual(['2001:db8:0:1::/64', '2001:db8:9::/64']);
  });

  test('twice is once, and a later run ends what is over', async () => {
    const { sets, read } = await target(['192.0.2.1/32']);
    const settings = new Settings();
    const first = await run(attack, { sets, settings });
    const second = await run(attack, { sets, settings, now: '2026-11-24T11:06:00Z' });

    const later = await run(attack, { sets, settings, now: '2026-11-24T12:30:00Z' });

    expect(second.lines).toEqual(first.lines);
    expect(second.told).toContain('0 added, 0 ended');
    expect(later.lines).toMatchObject([{ client: '203.0.113.5', until: null }]);
    expect(later.told).toContain('0 added, 1 ended');
    expect(await read(0)).toEqual(['192.0.2.1/32']);
  });

  test('who comes back is blocked for longer: an hour, four, a day, a week', async () => {
    const { sets } = await target();
    const settings = new Settings();
    const hours: number[] = [];
    for (const day of ['01', '02', '03', '05', '20']) {
      const now = `2026-12-${day}T11:01:00Z`;
      const { lines } = await run(hits(101, { at: `2026-12-${day}T11:00:00Z` }), { sets, settings, now });
      hours.push((Date.parse(lines[0]?.until ?? '') - Date.parse(now)) / 3_600_000);
    }

    expect(hours).toEqual([1, 4, 24, 168, 168]);
  });

  test('an address that stood there before us is not ours and stays', async () => {
    const { sets, read } = await target(['203.0.113.5/32']);
    const settings = new Settings();
    await run(attack, { sets, settings });

    await run([], { sets, settings, now: '2026-11-25T11:00:00Z' });

    expect(await read(0)).toEqual(['203.0.113.5/32']);
  });

  test('a network around it counts as being there', async () => {
    const { sets, read } = await target(['203.0.113.0/24']);

    const { told } = await run(attack, { sets });

    expect(told).toContain('1 were there before us');
    expect(await read(0)).toEqual(['203.0.113.0/24']);
  });

  test('who was taken out by hand is let go, until there is new evidence', async () => {
    const { sets, read } = await target();
    const settings = new Settings();
    await run(attack, { sets, settings });
    const [set] = sets;
    const before = await set?.read();
    await set?.write([], before?.token ?? '');

    const again = await run(attack, { sets, settings, now: '2026-11-24T11:07:00Z' });
    const once = await run(attack, { sets, settings, now: '2026-11-24T11:08:00Z' });
    const fresh = await run([...attack, ...hits(101, { at: '2026-11-24T11:09:00Z' })], {
      sets,
      settings,
      now: '2026-11-24T11:10:00Z',
    });

    expect(again.told).toContain('1 were taken out by hand');
    expect(once.lines).toMatchObject([{ until: null }]);
    expect(fresh.lines).toMatchObject([{ until: expect.any(String) }]);
    expect(await read(0)).toEqual(['203.0.113.5/32']);
  });

  test('a crash between the note and the write loses nothing, and what it left ends in time', async () => {
    const { sets, read } = await target();
    for (const crash of ['before', 'after'] as const) {
      const settings = new Settings();
      const crashing = sets.map(
        (set): BlockSet => ({
          key: set.key,
          family: set.family,
          capacity: set.capacity,
          read: () => set.read(),
          write: async (addresses, token) => {
            if (crash === 'after') await set.write(addresses, token);
            throw new Error('killed');
          },
        }),
      );
      expect(await run(attack, { sets: crashing, settings })).toMatchObject({ status: 1 });

      await run([], { sets, settings, now: '2026-11-24T11:06:00Z' });
      expect(await read(0)).toEqual(['203.0.113.5/32']);

      await run([], { sets, settings, now: '2026-11-24T12:06:00Z' });
      expect(await read(0)).toEqual([]);
    }
  });

  test('two writers who meet lose nobody', async () => {
    const { sets, read } = await target();
    const attackers = Array.from({ length: 12 }, (_, index) =>
      hits(101, { client: `203.0.113.${index + 10}` }),
    );

    const runs = await Promise.all(attackers.map((lines) => run(lines, { sets })));

    expect(runs.map((one) => one.status)).toEqual(attackers.map(() => 0));
    expect(await read(0)).toHaveLength(12);
  });

  test('the first write does not wait, the next one keeps five seconds', async () => {
    const { sets } = await target();
    const settings = new Settings();
    const first = await run(attack, { sets, settings });
    const second = await run(hits(101, { client: '203.0.113.6' }), {
      sets,
      settings,
      now: '2026-11-24T11:05:02Z',
    });

    expect(first.slept).toEqual([]);
    expect(second.slept).toEqual([3000]);
  });

  test('20,000 offenders: the worst 10,000 are kept and the rest is told', async () => {
    const { sets, read } = await target(['192.0.2.1/32']);
    const lines: string[] = [];
    for (let index = 0; index < 20_000; index++) {
      if ((index & 255) === 255) continue;
      const attacker = `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;
      const of = { client: attacker, target: '/cgi-bin/.%2e/.%2e/bin/sh', status: 400 };
      lines.push(hit(of));
      // Somebody good lives next to each: neighbours must not be put together.
      if (index % 256 === 0) lines.push(hit({ client: attacker.replace(/\d+$/, '255') }));
      if (index % 2 === 0) lines.push(hit(of));
    }

    const { status, told, lines: printed } = await run(lines, { sets });

    const held = await read(0);
    expect(printed).toHaveLength(19_922);
    expect({ status, held: held.length }).toEqual({ status: 1, held: 10_000 });
    expect(held).toContain('192.0.2.1/32');
    expect(held.filter((one) => Number(one.split(/[./]/)[3]) % 2 === 1)).toEqual(['192.0.2.1/32']);
    expect(told).toContain('9923 found no room');
  });

  test('who is let go by a person leaves the set, and comes back only for something new', async () => {
    const { sets, read } = await target();
    const settings = new Settings();
    await run([...attack, ...attack6], { sets, settings });
    const blocking = { settings, targets: [sets], owner: 'test', sleep: async () => {} };
    const io = { stdin: Readable.from([]), out: () => {}, err: () => {} };

    const let1 = await unblock(
      ['203.0.113.5', '198.51.100.1'],
      blocking,
      new Date('2026-11-24T11:06:00Z'),
      io,
    );
    const { lines } = await run([...attack, ...attack6], { sets, settings, now: '2026-11-24T11:07:00Z' });

    expect(let1).toEqual({ status: 0, unknown: ['198.51.100.1'] });
    expect(lines.map((line) => [line.client, line.until !== null])).toEqual([
      ['2001:db8:0:1::/64', true],
      ['203.0.113.5', false],
    ]);
    expect(await read(0)).toEqual([]);
  });

  test("the account's own addresses are known", async () => {
    const ec2 = new EC2Client({
      endpoint: moto().endpoint,
      region: 'eu-central-1',
      credentials: motoCredentials,
    });
    const { PublicIp } = await ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));

    expect(await ownAddresses(ec2)).toContain(PublicIp);
  });

  test('20,000 neighbours of whom nobody is good are put together, and all of them are blocked', async () => {
    const { sets, read } = await target(['192.0.2.1/32']);
    const settings = new Settings();
    const lines = Array.from({ length: 20_000 }, (_, index) =>
      hit({
        client: `198.${18 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
        target: '/cgi-bin/.%2e/.%2e/bin/sh',
        status: 400,
      }),
    );

    const first = await run(lines, { sets, settings, trusted: ['198.18.7.9/32'] });
    const held = await read(0);
    const again = await run(lines, {
      sets,
      settings,
      now: '2026-11-24T11:06:00Z',
      trusted: ['198.18.7.9/32'],
    });
    const blocking = { settings, targets: [sets], owner: 'test', sleep: async () => {} };
    const io = { stdin: Readable.from([]), out: () => {}, err: () => {} };
    await unblock(['198.18.6.7'], blocking, new Date('2026-11-24T11:07:00Z'), io);
    const without = await read(0);
    const later = await run([], { sets, settings, now: '2026-11-24T13:00:00Z' });

    expect(first.status).toBe(0);
    expect(held).toContain('198.18.6.0/24');
    expect(held).not.toContain('198.18.7.0/24');
    expect(held).toContain('198.18.7.10/32');
    expect(again.told).toContain('0 added, 0 ended');
    expect(without).not.toContain('198.18.6.0/24');
    expect(without).not.toContain('198.18.6.7/32');
    expect(without).toContain('198.18.6.8/32');
    expect(later.status).toBe(0);
    expect(await read(0)).toEqual(['192.0.2.1/32']);
  });

  test('a v6 offender without a v6 set is told, and ends in 1', async () => {
    const { sets, read } = await target();

    const { status, told } = await run([...attack, ...attack6], { sets: sets.slice(0, 1) });

    expect(status).toBe(1);
    expect(told).toContain('1 found no room');
    expect(await read(0)).toEqual(['203.0.113.5/32']);
  });

  test('a run beside another one waits for its turn, and gives up after a minute', async () => {
    const { sets } = await target();
    class Taken extends Settings {
      override async lease(): Promise<boolean> {
        return false;
      }
    }

    await expect(run(attack, { sets, settings: new Taken() })).rejects.toThrow('another run is writing');
  });

  test('a target without any set blocks nobody, says so, and ends in 1', async () => {
    const { status, told } = await run(attack, { sets: [] });

    expect({ status, told }).toEqual({ status: 1, told: expect.stringContaining('1 found no room') });
  });
});

describe('an IP set', () => {
  test('is never given what would block the world, or the wrong family, or more than it holds', async () => {
    const { sets } = await target();
    const [v4] = sets;
    const { token } = (await v4?.read()) ?? { token: '' };
    const many = Array.from({ length: 10_001 }, (_, index) => `198.18.${index >> 8}.${index & 255}/32`);

    for (const addresses of [['0.0.0.0/0'], ['2001:db8::/64'], ['nonsense'], many]) {
      await expect(v4?.write(addresses, token)).rejects.toThrow();
    }
  });

  test('refuses a stale token without writing', async () => {
    const { sets, names, ids, wafv2, read } = await target();
    const [v4] = sets;
    const { token } = (await v4?.read()) ?? { token: '' };
    await wafv2.send(
      new UpdateIPSetCommand({
        Name: names[0],
        Scope: 'REGIONAL',
        Id: ids[0],
        LockToken: token,
        Addresses: ['192.0.2.7/32'],
      }),
    );

    expect(await v4?.write(['192.0.2.8/32'], token)).toBe(false);
    expect(await read(0)).toEqual(['192.0.2.7/32']);
  });

  test('that does not exist, or holds the other family, is told by name', async () => {
    const { names } = await target();
    const of = { region: 'eu-central-1', scope: 'REGIONAL' } as const;

    await expect(
      new IpSet({ ...of, name: 'none', family: 'v4' }, async () => client()).read(),
    ).rejects.toThrow('no IP set none');
    await expect(
      new IpSet({ ...of, name: names[1], family: 'v4' }, async () => client()).read(),
    ).rejects.toThrow('IPV6');
  });
});
