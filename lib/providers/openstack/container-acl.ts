import type { BucketGrant } from '../../kinds/bucket.ts';

/**
 * Swift's access lists, element by element: https://docs.openstack.org/swift/latest/overview_acl.html
 * Every element keeps its own spelling, so that what is not touched stays byte for byte.
 */

export interface ContainerAcl {
  read: string[];
  write: string[];
}

export function aclOf(read: string | null, write: string | null): ContainerAcl {
  return { read: elementsOf(read), write: elementsOf(write) };
}

function elementsOf(header: string | null): string[] {
  return (header ?? '').split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]));
}

type List = 'read' | 'write';

/** Reading elements first, then writing ones, each in its own order. */
export function grantsOf(acl: ContainerAcl): BucketGrant[] {
  const isOpen = acl.read.some((element) => isReferrer(element) && !isRefusal(element));
  const of = (list: List) => acl[list].map((element) => grantOf(list, element, isOpen));
  // The same element twice is one grant.
  return [...new Map([...of('read'), ...of('write')].map((grant) => [grant.id, grant])).values()];
}

function grantOf(list: List, element: string, isOpen: boolean): BucketGrant {
  const permission = list === 'read' ? (element === '.rlistings' ? 'LIST' : 'READ') : 'WRITE';
  const who = whoIs(list, element, isOpen);
  // `AllUsers/READ` for everybody; a referrer can be claimed by everybody, so it is the same with its name behind.
  const isPlain = who === 'AllUsers' && (element === '.r:*' || element === '.rlistings');
  const id = isPlain ? `${who}/${permission}` : `${who}/${permission}/${element}`;
  return { id, grantee: { list, element }, permission };
}

function whoIs(list: List, element: string, isOpen: boolean): string {
  if (element === '*' || element === '*:*') return 'AuthenticatedUsers';
  if (list === 'write') return 'named';
  if (isReferrer(element)) return isRefusal(element) ? 'refused' : 'AllUsers';
  // Listing is for those whom a referrer lets in; alone it lets in nobody.
  return element === '.rlistings' && isOpen ? 'AllUsers' : 'named';
}

/** `.r:`, `.ref:`, `.referer:` and `.referrer:` are one. */
function isReferrer(element: string): boolean {
  return /^\.r(ef(err?er)?)?:/i.test(element);
}

function isRefusal(element: string): boolean {
  return /^[^:]+:\s*-/.test(element);
}

/** The list that a grant stands in, without it. */
export function without(acl: ContainerAcl, grant: BucketGrant): ContainerAcl {
  const { list, element } = placeOf(grant);
  return { ...acl, [list]: acl[list].filter((one) => one !== element) };
}

/** The list with the grant where it stood among all grants; at the end where that is not known. */
export function withGrant(acl: ContainerAcl, grant: BucketGrant, index?: number): ContainerAcl {
  const { list, element } = placeOf(grant);
  if (acl[list].includes(element)) return acl;
  const offset = list === 'write' ? acl.read.length : 0;
  const at = index === undefined ? acl[list].length : Math.max(0, index - offset);
  return { ...acl, [list]: acl[list].toSpliced(at, 0, element) };
}

export function placeOf({ grantee }: BucketGrant): { list: List; element: string } {
  if (typeof grantee === 'object' && grantee !== null && !Array.isArray(grantee)) {
    const { list, element } = grantee;
    if ((list === 'read' || list === 'write') && typeof element === 'string') return { list, element };
  }
  throw new Error('the grant is none of a Swift container');
}
