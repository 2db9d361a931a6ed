import { ini, keystoneUrl, type Layout, tokenCheck } from './configs.ts';

/** Swift on one device with one replica, behind Keystone, with its S3 door. */

export const rings = ['account', 'container', 'object'] as const;
export type Ring = (typeof rings)[number];

export const swiftConf = ini({
  'swift-hash': { swift_hash_path_suffix: 'suffix', swift_hash_path_prefix: 'prefix' },
  'storage-policy:0': { name: 'p0', default: 'yes' },
});

function common(layout: Layout, port: number, user: string) {
  return {
    swift_dir: `${layout.run}/swift`,
    bind_ip: '127.0.0.1',
    bind_port: port,
    workers: 0,
    user,
    log_address: '/dev/null',
  };
}

export function ringConf(layout: Layout, ring: Ring, port: number, user: string): string {
  return ini({
    DEFAULT: {
      ...common(layout, port, user),
      devices: `${layout.run}/swift/dev`,
      mount_check: 'false',
      disable_fallocate: 'true',
    },
    'pipeline:main': { pipeline: `${ring}-server` },
    [`app:${ring}-server`]: { use: `egg:swift#${ring}` },
  });
}

const filters =
  'catch_errors gatekeeper listing_formats bulk tempurl authtoken s3api s3token keystoneauth copy slo dlo versioned_writes symlink';

export function proxyConf(layout: Layout, user: string): string {
  const plain = [
    'catch_errors',
    'gatekeeper',
    'listing_formats',
    'bulk',
    'tempurl',
    'copy',
    'slo',
    'dlo',
    'symlink',
  ];
  const auth = tokenCheck(layout);
  return ini({
    DEFAULT: common(layout, layout.ports.swift, user),
    'pipeline:main': { pipeline: `${filters} proxy-server` },
    'app:proxy-server': { use: 'egg:swift#proxy', account_autocreate: 'true' },
    ...Object.fromEntries(plain.map((name) => [`filter:${name}`, { use: `egg:swift#${name}` }])),
    'filter:versioned_writes': { use: 'egg:swift#versioned_writes', allow_object_versioning: 'true' },
    'filter:s3api': {
      use: 'egg:swift#s3api',
      s3_acl: 'false',
      auth_pipeline_check: 'false',
      location: 'RegionOne',
    },
    'filter:s3token': {
      use: 'egg:swift#s3token',
      auth_uri: `${keystoneUrl(layout)}/v3`,
      reseller_prefix: 'AUTH_',
      delay_auth_decision: 'True',
      ...auth,
    },
    'filter:authtoken': {
      'paste.filter_factory': 'keystonemiddleware.auth_token:filter_factory',
      ...auth,
      delay_auth_decision: 'True',
      include_service_catalog: 'False',
    },
    'filter:keystoneauth': { use: 'egg:swift#keystoneauth', operator_roles: 'member, admin' },
  });
}
