import ipaddr from 'ipaddr.js';

/** A public address of ours: what the scanner looks at. `firewalls`: the ids of the groups in front of it. */
export interface OwnAddress {
  address: string;
  /** What answers there, or null where nothing is attached. */
  name: string | null;
  firewalls: string[];
}

/** Anybody on the internet could reach it, as far as the address goes. */
export function isGlobalAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}
