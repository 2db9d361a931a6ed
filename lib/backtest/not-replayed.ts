/** Controls of which an audit log cannot tell, each with the reason. Whatever is not named here is replayed. */
export const notReplayed: { readonly [control: string]: string } = {
  ...only('it goes by the clock, and by when something was last used, of which the log is silent', [
    'stale-key',
    'two-active-keys',
    'unused-user',
  ]),
  ...only('it is seen from outside by a scan, and in no audit log', [
    'unexpected-port',
    'weak-tls',
    'expiring-certificate',
    'missing-headers',
    'password-ssh',
    'open-database',
    'mail-server',
  ]),
  ...only('the log does not hold the certificate, and its age goes by the clock', ['weak-certificate']),
  ...only('what it guards is of other clouds than AWS', [
    'weak-ssh-key',
    'broad-key',
    'signed-links',
    'open-database-filter',
    'unfiltered-port',
    'cluster-updates',
  ]),
  'exposed-key-pair': 'who found the key tells it, and not the audit log',
  'default-firewall-in-use': "no record says which group is a network's default one",
  offender: 'it goes by access logs: see waf and ssh',
};

function only(reason: string, names: readonly string[]): { [name: string]: string } {
  return Object.fromEntries(names.map((name) => [name, reason]));
}

/** Calls by which a resource is looked at, and of which a replay learns nothing, each with the reason. */
export const notReplayedCalls: { readonly [call: string]: string } = {
  ...only('it changes what carries a group and not what the group admits', [
    'ec2.amazonaws.com/AssociateSecurityGroupVpc',
    'ec2.amazonaws.com/DisassociateSecurityGroupVpc',
    'ec2.amazonaws.com/ModifyNetworkInterfaceAttribute',
    'ec2.amazonaws.com/ModifyInstanceAttribute',
    'ec2.amazonaws.com/CreateNetworkInterface',
    'ec2.amazonaws.com/ReplaceNetworkAclAssociation',
    'elasticloadbalancing.amazonaws.com/SetSecurityGroups',
    'elasticloadbalancing.amazonaws.com/CreateLoadBalancer',
    'elasticloadbalancing.amazonaws.com/ApplySecurityGroupsToLoadBalancer',
    'elasticfilesystem.amazonaws.com/CreateMountTarget',
    'elasticfilesystem.amazonaws.com/ModifyMountTargetSecurityGroups',
  ]),
  ...only('descriptions open nothing', [
    'ec2.amazonaws.com/UpdateSecurityGroupRuleDescriptionsIngress',
    'ec2.amazonaws.com/UpdateSecurityGroupRuleDescriptionsEgress',
  ]),
  ...only('which addresses a prefix list holds is not known whole', [
    'ec2.amazonaws.com/CreateManagedPrefixList',
    'ec2.amazonaws.com/ModifyManagedPrefixList',
    'ec2.amazonaws.com/RestoreManagedPrefixListVersion',
    'ec2.amazonaws.com/DeleteManagedPrefixList',
  ]),
  ...only('it cannot change what is guarded', [
    'rds.amazonaws.com/ModifyDBCluster',
    'rds.amazonaws.com/StartDBInstance',
    'dms.amazonaws.com/ModifyReplicationInstance',
    's3.amazonaws.com/PutBucketOwnershipControls',
    'cloudtrail.amazonaws.com/UpdateTrail',
  ]),
  ...only('what a group may do is found at the group itself', [
    'iam.amazonaws.com/AddUserToGroup',
    'iam.amazonaws.com/RemoveUserFromGroup',
  ]),
  ...only('what the targets of a rule, or the functions of this service, were before is not known', [
    'events.amazonaws.com/PutTargets',
    'events.amazonaws.com/RemoveTargets',
    'lambda.amazonaws.com/UpdateFunctionCode',
    'lambda.amazonaws.com/UpdateFunctionConfiguration',
    'lambda.amazonaws.com/PutFunctionConcurrency',
    'lambda.amazonaws.com/DeleteFunctionConcurrency',
    'lambda.amazonaws.com/CreateEventSourceMapping',
    'lambda.amazonaws.com/UpdateEventSourceMapping',
    'lambda.amazonaws.com/DeleteEventSourceMapping',
  ]),
};
