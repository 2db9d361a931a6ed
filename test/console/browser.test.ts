import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuthorizeSecurityGroupIngressCommand, DescribeSecurityGroupRulesCommand } from '@aws-sdk/client-ec2';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fill } from '../../lib/events/samples.ts';
import { type Moto, motoCredentials, startMoto } from '../../lib/sandbox/moto.ts';
import { type SandboxIds, seed } from '../../lib/sandbox/seed.ts';
import { snapshut } from '../e2e/cli.ts';
import { ec2On, region } from '../providers/aws/cloud.ts';
import { type Started, startService } from '../serve/process.ts';
import { complaintsOf, noBrowser, startBrowser } from './browser.ts';

/** An on-call, a real browser, the whole service in its process, and moto as the cloud. */

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** `npm test -- test/console/browser.test.ts` with this set writes the README's pictures anew. */
const pictures = process.env.SNAPSHUT_PICTURES;

let moto: Moto;
let ids: SandboxIds;
let service: Started;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];

describe.skipIf(noBrowser !== null)(`the console in a browser${noBrowser ? ` (${noBrowser})` : ''}`, () => {
  beforeAll(async () => {
    moto = await startMoto();
    ids = await seed(moto.endpoint, region);
    const home = await mkdtemp(join(tmpdir(), 'snapshut-'));
    await respondTo(home, [
      'security-group-opened',
      'security-group-opened-ipv6',
      'security-group-opened-to-prefix-list',
      'network-acl-opened',
    ]);
    service = await startService(env(home));
    await service.saying('for one sign-in');
    browser = await startBrowser();
    context = await browser.newContext({ viewport: { width: 1040, height: 640 }, baseURL: service.url });
    page = await context.newPage();
    complaints = await complaintsOf(page);
    await page.goto(/http:\S+sign-in\?token=\S+/.exec(service.said())?.[0] ?? '');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/console');
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    if (service?.child.exitCode === null) await service.end();
    await moto?.stop();
  });

  const env = (home: string) => ({
    SNAPSHUT_HOME: home,
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: motoCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: motoCredentials.secretAccessKey,
  });

  async function respondTo(home: string, samples: string[]): Promise<void> {
    const files = await Promise.all(
      samples.map(async (sample) => {
        const text = await readFile(new URL(`../../events/aws/${sample}.json`, import.meta.url), 'utf8');
        const file = join(home, `${sample}.json`);
        await writeFile(file, JSON.stringify(fill(JSON.parse(text), ids)));
        return file;
      }),
    );
    await snapshut(['respond', ...files], { endpoint: moto.endpoint, home });
  }

  async function isSshOpen(): Promise<boolean> {
    const Filters = [{ Name: 'group-id', Values: [ids['ssh-world'] ?? ''] }];
    const { SecurityGroupRules } = await ec2On(moto).send(new DescribeSecurityGroupRulesCommand({ Filters }));
    return (SecurityGroupRules ?? []).some((one) => one.FromPort === 22 && one.CidrIpv4 === '0.0.0.0/0');
  }

  async function picture(name: string): Promise<void> {
    if (pictures === undefined) return;
    await page.screenshot({ path: join(pictures, `${name}.png`), animations: 'disabled' });
  }

  it('is painted from one request, without the script', async () => {
    const asked: string[] = [];
    const plain = await browser.newContext({
      javaScriptEnabled: false,
      storageState: await context.storageState(),
    });
    const other = await plain.newPage();
    other.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await other.goto(`${service.url}/console`);

    expect(asked.filter((path) => path.startsWith('/') && !path.includes('svg'))).toEqual(['/console']);
    expect(await other.locator('.cases > li').count()).toBeGreaterThanOrEqual(4);
    await plain.close();
  });

  it('an on-call filters, opens a case, reads the diff, undoes it, and the port is open again', async () => {
    expect(await isSshOpen()).toBe(false);
    await page.goto('/console');
    await page.keyboard.press('/');
    await page.keyboard.type('ssh-world');
    await page.getByLabel('Outcome').selectOption('fixed');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL(/q=ssh-world.*outcome=fixed/);
    expect(await page.locator('.cases > li').count()).toBe(1);

    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/console/cases/*');
    expect(await page.locator('.diff .out').allInnerTexts()).toEqual([
      expect.stringMatching(/tcp\/22 \(ssh\) from 0\.0\.0\.0\/0 .*just for today/s),
    ]);
    expect(await page.locator('.diff .stays').allInnerTexts()).toEqual(
      expect.arrayContaining([expect.stringContaining('tcp/22 (ssh) from 198.51.100.0/24')]),
    );
    await picture('case');

    await page.getByText('Undo…').click();
    await page.locator('select[name=for]').selectOption('1d');
    await page.getByRole('button', { name: 'Put it back' }).click();
    await page.waitForURL('**?answered=undo-undone');
    expect(await page.getByRole('status').first().innerText()).toBe(
      'Put back exactly; it may stay so until the end that you chose.',
    );
    expect(await isSshOpen()).toBe(true);
    await page.goto('/console/acts');
    expect(await page.locator('tbody tr').first().innerText()).toMatch(/undo.*undone/s);
  });

  it('shows by itself what happens meanwhile', async () => {
    await page.goto('/console?q=office');
    expect(await page.locator('.cases > li').count()).toBe(0);

    const IpPermissions = [
      { IpProtocol: 'tcp', FromPort: 3389, ToPort: 3389, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
    ];
    const GroupId = ids['office-only'] ?? '';
    await ec2On(moto).send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    await respondTo(service.home, ['security-group-opened-for-office']);

    await page.locator('.cases > li').first().waitFor({ timeout: 20_000 });
    expect(await page.locator('.what > a').first().innerText()).toContain('tcp/3389 (rdp)');
  });

  const places = [
    '',
    '/waiting',
    '/figures',
    '/exemptions',
    '/controls',
    '/blocks',
    '/health',
    '/acts',
    '/sign-in',
  ];
  it.each([
    'light',
    'dark',
  ] as const)('has nothing that axe minds, %s, wide and narrow', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.goto('/console');
    const path = await page.locator('.what > a').first().getAttribute('href');
    const all = [...places.map((place) => `/console${place}`), path ?? ''];
    const found: string[] = [];
    for (const width of [1200, 360]) {
      await page.setViewportSize({ width, height: 800 });
      for (const at of all) {
        await page.goto(at);
        await page.evaluate(axe);
        const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
          `axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations)`,
        );
        for (const one of violations) found.push(`${at} ${width}: ${one.id} ${one.nodes[0]?.html}`);
        const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
        if (wide > width) found.push(`${at} ${width}: is ${wide} wide`);
      }
    }
    expect(found).toEqual([]);
  });

  it('never broke its own policy, and nothing failed', async () => {
    await page.setViewportSize({ width: 1040, height: 640 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto('/console');
    await picture('cases');
    await page.setViewportSize({ width: 390, height: 640 });
    await picture('phone');

    expect(complaints).toEqual([]);
    // The test itself sees a violation: an inline script is refused and told.
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('script'), { text: 'top.x = 1' }))`,
    );
    await expect.poll(() => complaints.join()).toContain('script-src');
  });
});
