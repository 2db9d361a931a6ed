import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Reading } from '../../lib/ports.ts';
import { AwsProvider } from '../../lib/providers/aws/aws.ts';

/**
 * Somebody who talks the service into using its role for them: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 * No engine refuses an AssumeRole whose ExternalId is wrong, so what is sent and what the role asks for are compared.
 */

const account = '210987654321';
const role = `arn:aws:iam::${account}:role/snapshut-member-prod`;
const externalId = 'chosen-once-and-not-guessable';
const sg = {
  provider: 'aws' as const,
  account,
  region: 'eu-central-1',
  kind: 'firewall' as const,
  id: 'sg-0123456789abcdef0',
};

const sts = mockClient(STSClient);
const asked: (string | undefined)[] = [];
const cloud = createServer((request, reply) => {
  asked.push(request.headers.authorization);
  reply
    .writeHead(403, { 'content-type': 'text/xml' })
    .end('<Response><Errors><Error><Code>AuthFailure</Code></Error></Errors></Response>');
}).listen(0, '127.0.0.1');
afterEach(() => {
  sts.reset();
  asked.length = 0;
});
afterAll(() => void cloud.close());

async function lookWith(externalId: string): Promise<Reading[]> {
  const { port } = cloud.address() as AddressInfo;
  const accounts = [{ account, role, externalId }];
  return new AwsProvider({ accounts, version: '0', endpoint: `http://127.0.0.1:${port}` }).read([sg]);
}

describe('the role of a member account', () => {
  test('is assumed with the ExternalId of exactly that account', async () => {
    sts.on(AssumeRoleCommand).resolves({
      Credentials: {
        AccessKeyId: 'ASSUMED',
        SecretAccessKey: 'b',
        SessionToken: 'c',
        Expiration: new Date('2030-01-01'),
      },
    });

    expect(await lookWith(externalId)).toMatchObject([{ status: 'error', error: expect.any(Error) }]);

    expect(asked[0]).toContain('Credential=ASSUMED/');
    const [call] = sts.commandCalls(AssumeRoleCommand);
    expect(call?.args[0].input).toMatchObject({ RoleArn: role, ExternalId: externalId });
  });

  test('that cannot be assumed is an error, and nothing is done with other credentials', async () => {
    sts.on(AssumeRoleCommand).rejects(Object.assign(new Error('no'), { name: 'AccessDenied' }));

    expect(await lookWith('wrong')).toMatchObject([{ status: 'error', error: expect.any(Error) }]);

    expect(sts.commandCalls(AssumeRoleCommand).length).toBeGreaterThan(0);
    expect(asked).toEqual([]);
  });

  test("trusts the functions' own roles by their full path in the hub's account, and only with the ExternalId", () => {
    const file = join(import.meta.dirname, '../../deploy/member-account.yml');
    const { Resources } = parse(readFileSync(file, 'utf8'), { version: '1.1', logLevel: 'silent' });
    const { Statement } = Resources.Member.Properties.AssumeRolePolicyDocument;

    expect(Statement).toHaveLength(1);
    const [{ Principal, Condition, Action }] = Statement;
    expect(Action).toBe('sts:AssumeRole');
    expect(Principal.AWS['Fn::Sub']).toMatch(/^arn:\$\{AWS::Partition\}:iam::\$\{HubAccountId\}:root$/);
    expect(Condition.StringEquals['sts:ExternalId']).toEqual({ Ref: 'ExternalId' });
    for (const one of Condition.ArnLike['aws:PrincipalArn'])
      expect(one['Fn::Sub']).toMatch(/:iam::\$\{HubAccountId\}:role\/snapshut-\$\{HubStage\}-/);
  });
});
