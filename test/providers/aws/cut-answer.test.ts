import { DescribeSecurityGroupsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { ListIPSetsCommand, WAFV2Client } from '@aws-sdk/client-wafv2';
import { expect, test } from 'vitest';
import { RetryableError } from '../../../lib/errors.ts';
import { awsError } from '../../../lib/providers/aws/errors.ts';
import { motoCredentials } from '../../../lib/sandbox/moto.ts';
import { useMoto } from '../../engines/moto.ts';
import { startProxy } from '../../faults/proxy.ts';
import { region } from './cloud.ts';

const moto = useMoto();

test('an answer that was cut on its way is asked for again, in XML and in JSON', async () => {
  const proxy = await startProxy({ target: moto().endpoint });
  const config = { endpoint: proxy.endpoint, region, credentials: motoCredentials, maxAttempts: 1 };
  proxy.set({ weather: { 'cut-short': 1 } });

  const xml = new EC2Client(config).send(new DescribeSecurityGroupsCommand({})).catch(awsError);
  const json = new WAFV2Client(config).send(new ListIPSetsCommand({ Scope: 'REGIONAL' })).catch(awsError);

  expect(await xml).toBeInstanceOf(RetryableError);
  expect(await json).toBeInstanceOf(RetryableError);
  await proxy.stop();
});
