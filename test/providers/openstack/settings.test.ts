import { describe, expect, it } from 'vitest';
import { TerminalError } from '../../../lib/errors.ts';
import { cloudSettings } from '../../../lib/providers/openstack/clouds-file.ts';

const none = async () => null;
const rc = {
  OS_AUTH_URL: 'https://keystone.example.org:5000',
  OS_USERNAME: 'ann',
  OS_PASSWORD: 'p4ssword',
  OS_PROJECT_NAME: 'research',
  OS_REGION_NAME: 'regionOne',
};
const files =
  (texts: { [path: string]: string }) =>
  async (path: string): Promise<string | null> =>
    texts[path] ?? null;

type Given = [env: Record<string, string>, expected: object];
const variables: { [what: string]: Given } = {
  'an RC file': [
    rc,
    {
      authUrl: 'https://keystone.example.org:5000/v3',
      credentials: {
        type: 'password',
        user: { name: 'ann', domain: { id: 'default' } },
        password: 'p4ssword',
      },
      project: { name: 'research', domain: { id: 'default' } },
      region: 'regionOne',
      interface: 'public',
    },
  ],
  'domains by name': [
    { ...rc, OS_USER_DOMAIN_NAME: 'staff', OS_PROJECT_DOMAIN_NAME: 'labs' },
    {
      project: { name: 'research', domain: { name: 'labs' } },
      credentials: { user: { domain: { name: 'staff' } } },
    },
  ],
  'ids instead of names': [
    { ...rc, OS_USER_ID: 'u1', OS_PROJECT_ID: 'p1' },
    { project: { id: 'p1' }, credentials: { user: { id: 'u1' } } },
  ],
  'an application credential': [
    {
      OS_AUTH_URL: 'https://k/v3/',
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_APPLICATION_CREDENTIAL_ID: 'a1',
      OS_APPLICATION_CREDENTIAL_SECRET: 's',
      OS_PROJECT_NAME: 'ignored, it brings its own',
    },
    {
      authUrl: 'https://k/v3',
      credentials: { type: 'application-credential', id: 'a1', secret: 's' },
      project: null,
    },
  ],
  'a token': [
    { OS_AUTH_URL: 'https://k/identity/v3', OS_TOKEN: 't', OS_PROJECT_ID: 'p1' },
    { authUrl: 'https://k/identity/v3', credentials: { type: 'token', token: 't' } },
  ],
  'the names from before projects': [
    { ...rc, OS_PROJECT_NAME: '', OS_TENANT_NAME: 'old' },
    { project: { name: 'old' } },
  ],
  'how, not who': [
    {
      ...rc,
      OS_INTERFACE: 'internalURL',
      OS_CACERT: '/ca.pem',
      OS_INSECURE: 'true',
      OS_NETWORK_ENDPOINT_OVERRIDE: 'https://n',
      OS_COMPUTE_DEFAULT_MICROVERSION: '2.79',
    },
    {
      interface: 'internal',
      caFile: '/ca.pem',
      insecure: true,
      endpoints: { network: 'https://n' },
      microversions: { compute: '2.79' },
    },
  ],
};

describe('OS_* variables are read as OpenStack users write them', () => {
  it.each(Object.entries(variables))('%s', async (_, [env, expected]) => {
    expect(await cloudSettings(undefined, env, none)).toMatchObject(expected);
  });

  it.each([
    ['no address', { ...rc, OS_AUTH_URL: '' }, /auth_url/],
    ['no password', { ...rc, OS_PASSWORD: '' }, /OS_PASSWORD/],
    ['an address that is none', { ...rc, OS_AUTH_URL: 'keystone' }, /no URL/],
    ['a protocol that is none', { ...rc, OS_AUTH_URL: 'file:///etc/passwd' }, /no URL/],
    ['identity v2', { ...rc, OS_AUTH_URL: 'https://k/v2.0' }, /v2\.0/],
    ['an interface that is none', { ...rc, OS_INTERFACE: 'outer' }, /outer/],
    ['a way to sign in that is not known', { ...rc, OS_AUTH_TYPE: 'v3oidcpassword' }, /v3oidcpassword/],
    [
      'a credential without secret',
      { OS_AUTH_URL: 'https://k', OS_APPLICATION_CREDENTIAL_ID: 'a' },
      /SECRET/,
    ],
  ])('%s is an error that says what is missing, and no secret', async (_, env, why) => {
    const failure = await cloudSettings(undefined, env, none).catch((error) => error);

    expect(failure).toBeInstanceOf(TerminalError);
    expect(failure.message).toMatch(why);
    expect(failure.message).not.toContain('p4ssword');
  });
});

const yaml = `
clouds:
  cpouta:
    auth: {auth_url: https://pouta.csc.fi:5001/v3, project_name: project_2001234, user_domain_name: Default, project_domain_name: Default}
    region_name: regionOne
    interface: public
  twisted: {auth: {auth_url: [1]}, verify: 'p4ssword'}
`;

describe('clouds.yaml', () => {
  const here = {
    './clouds.yaml': yaml,
    './secure.yaml': 'clouds: {cpouta: {auth: {username: ann, password: 12345}}}',
  };

  it('a named cloud, with its secrets in secure.yaml', async () => {
    expect(await cloudSettings('cpouta', {}, files(here))).toMatchObject({
      authUrl: 'https://pouta.csc.fi:5001/v3',
      credentials: { user: { name: 'ann', domain: { name: 'Default' } }, password: '12345' },
      region: 'regionOne',
    });
  });

  it('OS_CLOUD names it too, and OS_REGION_NAME overrides its region', async () => {
    const settings = await cloudSettings(
      undefined,
      { OS_CLOUD: 'cpouta', OS_REGION_NAME: 'two' },
      files(here),
    );

    expect(settings).toMatchObject({ authUrl: 'https://pouta.csc.fi:5001/v3', region: 'two' });
  });

  it.each([
    '/home/ann/.config/openstack/clouds.yaml',
    '/etc/openstack/clouds.yml',
  ])('is found at %s', async (path) => {
    const found = await cloudSettings(
      'cpouta',
      { HOME: '/home/ann', OS_CLIENT_SECURE_FILE: '/s' },
      files({ [path]: yaml, '/s': here['./secure.yaml'] }),
    );

    expect(found.region).toBe('regionOne');
  });

  it.each([
    ['a cloud that is not there', 'other', here, /no cloud other/],
    ['no file at all', 'cpouta', {}, /no clouds\.yaml/],
    ['a file that is no YAML', 'cpouta', { './clouds.yaml': 'a: [' }, /cannot be read/],
    ['a field of the wrong shape', 'twisted', here, /wrong at .*auth\.auth_url.*verify/],
  ])('%s is an error without its values', async (_, cloud, texts, why) => {
    const failure = await cloudSettings(cloud, {}, files(texts as { [path: string]: string })).catch(
      (error) => error,
    );

    expect(failure).toBeInstanceOf(TerminalError);
    expect(failure.message).toMatch(why);
    expect(failure.message).not.toContain('p4ssword');
  });
});
