/** Users, projects and the catalog of a fresh Keystone, made over its own API. */

const password = (name: string, project: string) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name, domain: { id: 'default' }, password: name } },
    },
    scope: { project: { name: project, domain: { id: 'default' } } },
  },
});

type Answer = { [kind: string]: { id: string } & { name: string; id: string }[] };

export async function seedKeystone(url: string, catalog: { type: string; url: string }[]): Promise<void> {
  const login = await fetch(`${url}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(password('admin', 'admin')),
  });
  const token = login.headers.get('x-subject-token');
  if (!token) throw new Error(`Keystone refused its first admin: ${login.status} ${await login.text()}`);

  const call = async (method: string, path: string, body?: object): Promise<Answer> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-auth-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? {} : ((await answer.json()) as Answer);
  };
  const make = async (kind: string, fields: object): Promise<string> =>
    (await call('POST', `/${kind}s`, { [kind]: fields }))[kind]?.id ?? '';

  const roles = new Map((await call('GET', '/roles')).roles?.map((role) => [role.name, role.id]));
  const member = async (name: string, project: string, role: string) => {
    const user = await make('user', { name, password: name, domain_id: 'default' });
    await call('PUT', `/projects/${project}/users/${user}/roles/${roles.get(role)}`);
    return user;
  };

  const service = await make('project', { name: 'service', domain_id: 'default' });
  const account = await member('service', service, 'admin');
  if (roles.has('service'))
    await call('PUT', `/projects/${service}/users/${account}/roles/${roles.get('service')}`);
  for (const name of ['demo', 'other']) {
    const project = await make('project', { name, domain_id: 'default' });
    await member(name, project, 'member');
  }
  for (const { type, url: endpoint } of catalog) {
    const id = await make('service', { name: type, type });
    for (const place of ['public', 'internal']) {
      await make('endpoint', { service_id: id, interface: place, url: endpoint, region_id: 'RegionOne' });
    }
  }
}
