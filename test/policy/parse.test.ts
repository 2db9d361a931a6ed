import { describe, expect, test } from 'vitest';
import { parsePolicy, tellProblem } from '../../lib/config.ts';
import { controls } from './controls.ts';

const now = new Date('2026-11-24T12:00:00Z');
const problemsOf = (text: string) => parsePolicy(text, controls, { now }).problems.map(tellProblem);

const full = `
accounts:
  - {provider: aws, id: "123456789012", regions: [eu-central-1], role: "arn:aws:iam::123456789012:role/snapshut", externalId: "x"}
  - {provider: openstack, cloud: cpouta}
  - {provider: exoscale, zones: [ch-gva-2]}
networks:
  trusted: [198.51.100.0/24, "2001:db8::/32"]
  proxies: [10.0.0.0/8]
principals: {trustedAccounts: ["111122223333"], trustedOrganizations: [o-exampleorg]}
controls:
  public-port: {mode: fix, allow: [tcp/80, tcp/443, udp/443, icmp]}
scopes:
  - {match: {account: "123456789012", tag: "env=dev", severity: low}, control: public-port, mode: tell}
  - {match: {kind: [firewall, network-acl]}, control: public-port, options: {allow: [tcp/8443]}}
exemptions:
  - {resource: sg-0123, control: public-port, until: 2026-12-31, reason: "partner test"}
limits: {fixesPerHour: 50, percentPerHour: 30, flap: {times: 3, withinMinutes: 60}}
loops:
  waf:
    detectors:
      flood: {requests: 100, windowSeconds: 60}
      login-guess: {requests: 10, windowSeconds: 300, paths: [/login]}
    targets:
      - {provider: aws, region: eu-central-1, scope: REGIONAL, ipSets: {ipv4: [NAME], ipv6: [NAME]}}
  ssh:
    detectors:
      guess: {failures: 10, windowSeconds: 600}
alerts: {slack: {channel: C0123, approvers: [U0123]}}
queue: {url: "https://sqs.eu-central-1.amazonaws.com/123456789012/snapshut"}
http: {port: 8081}
`;

describe('a policy file', () => {
  test('with every name is read', () => {
    const { policy, problems, warnings } = parsePolicy(full, controls, { now });

    expect(problems).toEqual([]);
    expect(warnings).toEqual([]);
    expect(policy?.accounts).toHaveLength(3);
    expect(policy?.limits).toMatchObject({ fixesPerHour: 50, changesPerPlan: 100 });
  });

  test.each([
    ['empty', ''],
    ['of comments', '# accounts:\n# nothing yet\n'],
    ['behind a byte order mark', '\uFEFFlimits: {}\r\n'],
  ])('that is %s is a policy of defaults', (_, text) => {
    const { policy } = parsePolicy(text, controls, { now });

    expect(policy?.limits).toEqual({
      fixesPerHour: 50,
      percentPerHour: 30,
      changesPerPlan: 100,
      flap: { times: 3, withinMinutes: 60 },
    });
    expect(policy?.approvals.expireAfterMinutes).toBe(1440);
    expect(policy?.accounts).toBeUndefined();
  });
});

describe('what is wrong is named with its line', () => {
  test.each<[string, string, string[]]>([
    [
      'an unknown key',
      'limits: {}\nnetwork: {}\n',
      [
        'snapshut.yml:2:1: unknown key "network"; expected one of accounts, networks, principals, controls, scopes, exemptions, limits, loops, scan, rotation, certificates, alerts, approvals, schedule, queue, http',
      ],
    ],
    [
      'an unknown key within',
      'limits:\n  flap: {time: 3}\n',
      ['snapshut.yml:2:10 limits.flap: unknown key "time"; expected one of times, withinMinutes'],
    ],
    [
      'a bad network',
      'networks:\n  trusted:\n    - 198.51.100.0/24\n    - 10.0.0.0/33\n',
      ['snapshut.yml:4:7 networks.trusted[1]: expected a network such as 198.51.100.0/24 or 2001:db8::/32'],
    ],
    [
      'a network with host bits',
      'networks: {trusted: [198.51.100.7/24]}',
      ['snapshut.yml:1:22 networks.trusted[0]: host bits are set; expected 198.51.100.0/24'],
    ],
    [
      'an IPv6 network with host bits',
      'networks: {proxies: ["2001:db8::1/32"]}',
      ['snapshut.yml:1:22 networks.proxies[0]: host bits are set; expected 2001:db8::/32'],
    ],
    [
      'the whole internet as trusted',
      'networks: {trusted: ["::/0"]}',
      ['snapshut.yml:1:22 networks.trusted[0]: expected a network smaller than the whole internet'],
    ],
    [
      'an octal-looking network',
      'networks: {trusted: [010.0.0.0/8]}',
      ['snapshut.yml:1:22 networks.trusted[0]: expected a network such as 198.51.100.0/24 or 2001:db8::/32'],
    ],
    [
      'an address without a length',
      'networks: {trusted: [198.51.100.7]}',
      ['snapshut.yml:1:22 networks.trusted[0]: expected a network such as 198.51.100.0/24 or 2001:db8::/32'],
    ],
    [
      'an exemption without an end',
      'exemptions:\n  - {resource: sg-1, control: public-port, reason: x}',
      ['snapshut.yml:2:5 exemptions[0].until: expected an end, such as until: 2026-12-31'],
    ],
    [
      'a day that is not',
      'exemptions:\n  - {resource: sg-1, control: public-port, until: 2026-02-30, reason: x}',
      ['snapshut.yml:2:51 exemptions[0].until: expected a date such as 2026-12-31 or 2026-12-31T18:00:00Z'],
    ],
    [
      'an exemption without a reason',
      'exemptions:\n  - {resource: sg-1, control: public-port, until: 2026-12-31}',
      ['snapshut.yml:2:5 exemptions[0].reason: expected a reason'],
    ],
    ['a key twice', 'limits: {}\nlimits: {}\n', ['snapshut.yml:2:1: Map keys must be unique']],
    [
      'an unknown control',
      'controls:\n  public-prot: {mode: fix}',
      ['snapshut.yml:2:3 controls: unknown control "public-prot"; known are public-port, open-egress'],
    ],
    [
      'an unknown control in a scope',
      'scopes:\n  - {match: {tag: x}, control: nope, mode: tell}',
      ['snapshut.yml:2:32 scopes[0].control: unknown control "nope"; known are public-port, open-egress'],
    ],
    [
      'a bad option',
      'controls:\n  public-port:\n    allow:\n      - tcp/80\n      - ssh\n',
      ['snapshut.yml:5:9 controls.public-port.allow[1]: expected tcp/443 or icmp'],
    ],
    [
      'an unknown option',
      'controls:\n  public-port: {alow: []}',
      [
        'snapshut.yml:2:17 controls.public-port: unknown key "alow"; expected one of mode, allow, maxAddresses',
      ],
    ],
    [
      'an unknown option of a control that is not strict itself',
      'controls:\n  open-egress: {x: 1}',
      ['snapshut.yml:2:17 controls.open-egress: unknown key "x"; expected one of mode'],
    ],
    [
      'a bad option in a scope',
      'scopes:\n  - {match: {tag: x}, control: public-port, options: {allow: [9]}}',
      ['snapshut.yml:2:63 scopes[0].options.allow[0]: Invalid input: expected string, received number'],
    ],
    [
      'an unknown mode',
      'controls:\n  public-port: {mode: fixx}',
      [
        'snapshut.yml:2:23 controls.public-port.mode: Invalid option: expected one of "fix"|"ask"|"tell"|"off"',
      ],
    ],
    [
      'an account id without quotes',
      'accounts:\n  - {provider: aws, id: 123456789012, regions: [eu-central-1]}',
      ['snapshut.yml:2:25 accounts[0].id: Invalid input: expected string, received number'],
    ],
    [
      'an unknown provider',
      'accounts:\n  - {provider: azure}',
      ['snapshut.yml:2:16 accounts[0].provider: expected provider: aws, openstack or exoscale'],
    ],
    [
      'an account twice',
      'accounts:\n  - {provider: aws, id: "123456789012", regions: [eu-west-1]}\n  - {provider: aws, id: "123456789012", regions: [eu-west-2]}',
      ['snapshut.yml:3:25 accounts[1].id: this account is listed twice'],
    ],
    [
      'options that depend on severity',
      'scopes:\n  - {match: {severity: low}, control: public-port, options: {}}',
      ['snapshut.yml:2:5 scopes[0]: options cannot depend on severity'],
    ],
    [
      'a scope of everything',
      'scopes:\n  - {match: {}, mode: off}',
      ['snapshut.yml:2:13 scopes[0].match: expected at least one thing to match'],
    ],
    ['aliases', 'a: &a [x]\nb: *a\n', ['snapshut.yml:2:4: aliases (*name) are not allowed']],
    [
      'two documents',
      'limits: {}\n---\nlimits: {}\n',
      ['snapshut.yml:2:1: expected one document, found a second'],
    ],
    ['a list', '- a\n', ['snapshut.yml:1:1: Invalid input: expected object, received array']],
    ['a key __proto__', '__proto__: {mode: off}\n', ['snapshut.yml:1:1: unknown key __proto__']],
    [
      'a password',
      'alerts:\n  password: hunter2\n',
      [
        'snapshut.yml:2:3: "password" names a secret: secrets belong into the environment, never into this file',
      ],
    ],
    [
      'an access key in a comment',
      'limits: {}\n# AKIAIOSFODNN7EXAMPLE\n',
      [
        'snapshut.yml:2:3: an AWS access key stands here: secrets belong into the environment, never into this file',
      ],
    ],
  ])('%s', (_, text, expected) => {
    expect(problemsOf(text)).toEqual(expected);
  });

  test('several at once, in the order of the file', () => {
    const problems = problemsOf('networks: {trusted: [nonsense]}\nlimits: {fixesPerHour: -1}\nfoo: 1\n');

    expect(problems.map((one) => one.split(' ')[0])).toEqual([
      'snapshut.yml:1:22',
      'snapshut.yml:2:24',
      'snapshut.yml:3:1:',
    ]);
  });

  test.each([
    [
      'a secret',
      `controls: {public-port: {allow: ["${'wJalrXUtnFEMI/K7MDENG/bPxRfiCY'}${'EXAMPLEKEY'}"]}}`,
      /an AWS secret key/,
    ],
    ['a Slack token', `alerts: {slack: {channel: ${'xoxb'}-123456789012-abcdefghijkl}}`, /a Slack token/],
    ['a huge file', `# ${'x'.repeat(2 ** 20)}`, /larger than 1024 KiB/],
    ['a deep file', `a: ${'['.repeat(5000)}${']'.repeat(5000)}`, /nested too deeply/],
    ['a file deep in dashes', `${'- '.repeat(5000)}x`, /nested too deeply/],
    [
      'a file deep in indentation',
      Array.from({ length: 500 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
      /nested too deeply/,
    ],
    ['a bomb', `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n`, /aliases/],
    ['control characters', 'a\u001b[31m: 1', /unknown key/],
    ['a tag', 'a: !!js/function x', /tag/i],
  ])('%s is refused without being repeated or printed raw', (_, text, expected) => {
    const problems = problemsOf(text);

    expect(problems.join('\n')).toMatch(expected);
    expect(problems.join('\n')).not.toMatch(/wJalr|xoxb/);
    expect(problems.join('\n')).not.toContain('\u001b');
  });
});

test('an exemption that has ended loads and is told', () => {
  const { policy, warnings } = parsePolicy(
    'exemptions:\n  - {resource: sg-1, control: public-port, until: 2026-11-23, reason: x}',
    controls,
    { now, file: 'p.yml' },
  );

  expect(policy?.exemptions).toHaveLength(1);
  expect(warnings.map(tellProblem)).toEqual([
    'p.yml:2:51 exemptions[0].until: this exemption of sg-1 from public-port has ended and has no effect',
  ]);
});
