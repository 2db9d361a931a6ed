import { allOf, finding, firstOf, ids, type Row, type Touched } from './cloudtrail-rows.ts';
import { collect, text } from './json.ts';

/** Events of who may act, of what watches them, and of machines and what stands in front of them. */

const ec2 = 'ec2.amazonaws.com';
const iam = 'iam.amazonaws.com';
const cloudtrail = 'cloudtrail.amazonaws.com';

function row(source: string, names: readonly string[], hints: Row['hints']): Row {
  return { source, names, hints };
}

/** The caller himself, where the event is about him: the root user is the account's. */
const caller = finding(['account-worldwide', 'user-name'], (touched: Touched) => {
  const [identity] = touched.identity;
  if (text(identity, 'type') === 'Root') return [{ kind: 'account-worldwide', id: 'account' }];
  const userName = text(identity, 'userName');
  return text(identity, 'type') === 'IAMUser' && userName ? [{ kind: 'user-name', id: userName }] : [];
});

/** The rule's name, behind that of its bus where it is not on the default one. */
function eventRule(path: string) {
  return (touched: Touched) => {
    const bus = collect(touched, 'request.eventBusName')[0];
    return collect(touched, `request.${path}`).map((id) => ({
      kind: 'event-rule',
      id: bus === undefined ? id : `${bus}/${id}`,
    }));
  };
}

const template = ids(
  'instance',
  'request.launchTemplateId',
  'response.launchTemplate.launchTemplateId',
  'response.launchTemplateVersion.launchTemplateId',
);

export const identityRows: readonly Row[] = [
  row(
    iam,
    [
      'CreateUser',
      'DeleteUser',
      'AttachUserPolicy',
      'DetachUserPolicy',
      'PutUserPolicy',
      'DeleteUserPolicy',
      'CreateLoginProfile',
      'DeactivateMFADevice',
    ],
    firstOf(ids('user-name', 'request.userName'), caller),
  ),
  row(
    iam,
    [
      'CreateRole',
      'AttachRolePolicy',
      'DetachRolePolicy',
      'PutRolePolicy',
      'DeleteRolePolicy',
      'UpdateAssumeRolePolicy',
    ],
    ids('role-name', 'request.roleName'),
  ),
  row(
    iam,
    ['CreateGroup', 'AttachGroupPolicy', 'DetachGroupPolicy', 'PutGroupPolicy', 'DeleteGroupPolicy'],
    ids('group-name', 'request.groupName'),
  ),
  row(iam, ['AddUserToGroup', 'RemoveUserFromGroup'], ids('user-name', 'request.userName')),
  row(iam, ['CreatePolicyVersion', 'SetDefaultPolicyVersion'], ids('managed-policy', 'request.policyArn')),
  row(iam, ['CreateAccessKey'], caller),
  row('signin.amazonaws.com', ['ConsoleLogin'], caller),

  row(
    cloudtrail,
    ['CreateTrail', 'UpdateTrail', 'StartLogging', 'StopLogging', 'DeleteTrail'],
    firstOf(ids('trail', 'response.trailARN'), ids('trail', 'request.name')),
  ),
  row(
    cloudtrail,
    ['PutEventSelectors'],
    firstOf(ids('trail', 'response.trailARN'), ids('trail', 'request.trailName')),
  ),
  row(
    'config.amazonaws.com',
    ['StartConfigurationRecorder', 'StopConfigurationRecorder', 'DeleteConfigurationRecorder'],
    ids('config-recorder', 'request.configurationRecorderName'),
  ),
  row(
    'config.amazonaws.com',
    ['PutConfigurationRecorder'],
    ids('config-recorder', 'request.configurationRecorder.name'),
  ),
  row('guardduty.amazonaws.com', ['UpdateDetector', 'DeleteDetector'], ids('detector', 'request.detectorId')),
  row('guardduty.amazonaws.com', ['CreateDetector'], ids('detector', 'response.detectorId')),
  row(ec2, ['DeleteFlowLogs'], ids('flow-log', 'request.flowLogId', 'request.flowLogId.content')),
  row(ec2, ['CreateFlowLogs'], ids('flow-log', 'response.flowLogIdSet', 'response.flowLogIdSet.content')),
  row(
    'events.amazonaws.com',
    ['PutRule', 'EnableRule', 'DisableRule', 'DeleteRule'],
    finding(['event-rule'], eventRule('name')),
  ),
  row('events.amazonaws.com', ['PutTargets', 'RemoveTargets'], finding(['event-rule'], eventRule('rule'))),

  row(ec2, ['RunInstances'], ids('machine', 'response.instancesSet.instanceId')),
  row(ec2, ['ModifyInstanceMetadataOptions'], ids('machine', 'request.instanceId', 'response.instanceId')),
  row(ec2, ['CreateLaunchTemplate', 'CreateLaunchTemplateVersion', 'ModifyLaunchTemplate'], template),

  row('eks.amazonaws.com', ['CreateCluster', 'UpdateClusterConfig'], ids('cluster', 'request.name')),
  row(
    'elasticloadbalancing.amazonaws.com',
    ['CreateListener', 'ModifyListener', 'DeleteListener'],
    allOf(ids('listener', 'request.listenerArn'), ids('listener', 'response.listeners.listenerArn')),
  ),
  row(
    'cloudfront.amazonaws.com',
    ['CreateDistribution', 'CreateDistributionWithTags', 'UpdateDistribution'],
    allOf(
      ids('distribution-worldwide', 'request.id'),
      ids('distribution-worldwide', 'response.distribution.id'),
    ),
  ),
];
