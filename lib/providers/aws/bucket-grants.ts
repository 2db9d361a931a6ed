import type { AccessControlPolicy, Grant } from '@aws-sdk/client-s3';
import { fingerprint } from '../../fingerprint.ts';
import type { BucketGrant } from '../../kinds/bucket.ts';
import type { Json } from '../../model.ts';

/** `AllUsers/READ`, `f00…/FULL_CONTROL`: two grants of one grantee and permission are one. */
export function grantsOf(acl: AccessControlPolicy): BucketGrant[] {
  return (acl.Grants ?? []).map((grant) => {
    // Plain strings only, so that it is JSON and goes back as it came.
    const grantee = JSON.parse(JSON.stringify(grant.Grantee ?? {})) as Json;
    return { id: `${nameOf(grant)}/${grant.Permission}`, grantee, permission: grant.Permission ?? '' };
  });
}

function nameOf({ Grantee = { Type: undefined } }: Grant): string {
  return (
    Grantee.URI?.split('/').pop() ?? Grantee.ID ?? Grantee.EmailAddress ?? fingerprint(Grantee).slice(0, 12)
  );
}

export function withoutGrant(acl: AccessControlPolicy, gone: BucketGrant): Grant[] {
  const ids = grantsOf(acl).map((one) => one.id);
  return (acl.Grants ?? []).filter((_, index) => ids[index] !== gone.id);
}

export function withGrant(acl: AccessControlPolicy, back: BucketGrant, index?: number): Grant[] {
  const grants = acl.Grants ?? [];
  if (grantsOf(acl).some((one) => one.id === back.id)) return grants;
  // It was read from S3 by us.
  const grant = {
    Grantee: back.grantee as unknown as Grant['Grantee'],
    Permission: back.permission,
  } as Grant;
  return grants.toSpliced(index ?? grants.length, 0, grant);
}
