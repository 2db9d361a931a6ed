import fc from 'fast-check';
import { test } from 'vitest';
import { names, reducers } from '../../lib/backtest/reducers.ts';
import { record, tested } from './records.ts';

const odd = fc.oneof(
  fc.constantFrom<unknown>(null, '', '__proto__', 'constructor', [], {}, { items: [null] }, -1, 1e9),
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
);
const requestOf = fc.dictionary(
  fc.constantFrom(
    ...[
      'groupId',
      'ipPermissions',
      'ipProtocol',
      'cidrIp',
      'networkAclId',
      'ruleNumber',
      'bucketName',
      'x-amz-acl',
    ],
    ...[
      'bucketPolicy',
      'roleName',
      'userName',
      'policyDocument',
      'queueUrl',
      'attributes',
      'snapshotId',
      'name',
    ],
    ...[
      'listeners',
      'listenerArn',
      'defaultActions',
      'distribution',
      'id',
      'distributionConfig',
      'instancesSet',
    ],
    ...['instanceId', 'launchTemplateId', 'launchTemplateVersion', 'launchTemplateData', 'setDefaultVersion'],
    ...['clusterIdentifier', 'clusterArn', 'connectivityInfo', 'replicationInstance', 'resourcesVpcConfig'],
    ...['accessKey', 'accessKeyId', 'policyArn', 'versionId', 'policyVersion', 'eventSelectors', 'trailName'],
    ...[
      'flowLogId',
      'detectorId',
      'enable',
      'configurationRecorderName',
      'eventBusName',
      'principal',
      'label',
    ],
    ...['domainName', 'accessPolicies', 'vPCOptions', 'bucket', 'layerName', 'versionNumber', 'fileSystemId'],
    ...['createVolumePermission', 'functionName', 'statementId', 'authType', 'keyId', 'policy', 'topicArn'],
  ),
  odd,
);
const calls = [...reducers.keys()].map((key) => key.split('/') as [source: string, name: string]);

test('whatever stands in a record, the others are still replayed', async () => {
  const told = fc.record({ call: fc.constantFrom(...calls), request: requestOf, response: requestOf });
  const seen = fc.array(told, { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(seen, async (all) => {
      const records = all.map(({ call: [source, name], ...parts }, at) =>
        record({ at, source, name, ...parts }),
      );
      await tested(records);
    }),
    { numRuns: 300 },
  );
});

test('there are calls to replay', ({ expect }) => {
  expect(names.size).toBeGreaterThan(150);
});
