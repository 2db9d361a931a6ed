/**
 * How ids look. An event is written by others, so an id of another shape never becomes an API argument, a key or
 * a line in Slack.
 */
const shapes: { [kind: string]: RegExp } = {
  firewall: /^sg-[0-9a-zA-Z]{4,40}$/,
  'network-acl': /^acl-[0-9a-zA-Z]{4,40}$/,
  'prefix-list': /^pl-[0-9a-zA-Z]{4,40}$/,
  instance: /^(i|lt)-[0-9a-zA-Z]{4,40}$/,
  machine: /^i-[0-9a-zA-Z]{4,40}$/,
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html (old ones: also capitals and _)
  bucket: /^[a-zA-Z0-9][a-zA-Z0-9._-]{1,253}[a-zA-Z0-9]$/,
  // An access key; or the role or user whose sessions are meant.
  credential: /^(A[A-Z]{3}[A-Z0-9]{8,124}|arn:aws[a-z-]*:iam::\d{12}:(role|user)\/[\w+=,.@/-]{1,512})$/,
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateKeyPair.html: 255 ASCII characters
  'key-pair': /^[\x20-\x7e]{1,255}$/,
  'session-key': /^ASIA[A-Z0-9]{8,124}$/,
  sessions: /^(role|user)\/[\w+=,.@-]{1,128}$/,
  'keys-of-user': /^[\w+=,.@-]{1,128}$/,
  // A function and what it reads, or the UUID of what brings the two together.
  'event-source': /^[\x21-\x7e]{1,300}( arn:[\x21-\x7e]{1,300})?$/,
  'network-interface': /^eni-[0-9a-zA-Z]{4,40}$/,
  // https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html (GroupName)
  'firewall-name': /^(vpc-[0-9a-zA-Z]{4,40}\/)?[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/,
};
const anyId = /^[\x21-\x7e]{1,512}$/;

export function isId(kind: string, id: string): boolean {
  return (shapes[kind] ?? anyId).test(id);
}

/** Other clouds than AWS give UUIDs and names. */
export function isIdOf(provider: string, kind: string, id: string): boolean {
  return provider === 'aws' ? isId(kind, id) : anyId.test(id);
}

export function isAccountId(value: unknown): value is string {
  return typeof value === 'string' && /^\d{12}$/.test(value);
}

export function isRegion(value: unknown): value is string {
  return typeof value === 'string' && /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/.test(value);
}
