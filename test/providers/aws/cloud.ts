import { EC2Client } from '@aws-sdk/client-ec2';
import type { KindName, Resource } from '../../../lib/model.ts';
import { AwsProvider } from '../../../lib/providers/aws/aws.ts';
import { type Moto, motoAccount, motoCredentials } from '../../../lib/sandbox/moto.ts';

export const region = 'eu-central-1';

/** A client of the tests' own, so that the provider is judged from outside. */
export function ec2On(moto: Moto): EC2Client {
  return new EC2Client({ endpoint: moto.endpoint, region, credentials: motoCredentials });
}

export function awsOn(moto: Moto): AwsProvider {
  return new AwsProvider({
    accounts: [{ account: motoAccount }],
    version: 'test',
    endpoint: moto.endpoint,
    credentials: motoCredentials,
  });
}

export function onAws(kind: KindName, id: string): Resource {
  return { provider: 'aws', account: motoAccount, region, kind, id };
}
