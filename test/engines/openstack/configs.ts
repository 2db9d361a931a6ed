/** Where one run keeps its databases and which ports its services have. */
export interface Layout {
  venv: string;
  /** The bus that Neutron tells of its changes; left out, it writes them into its log. */
  bus?: string;
  run: string;
  ports: Ports;
}

export interface Ports {
  keystone: number;
  neutron: number;
  nova: number;
  glance: number;
  swift: number;
}

type Ini = { [section: string]: { [key: string]: string | number } };

export function ini(sections: Ini): string {
  const texts = Object.entries(sections).map(([name, values]) => {
    const lines = Object.entries(values).map(([key, value]) => `${key} = ${value}`);
    return [`[${name}]`, ...lines].join('\n');
  });
  return `${texts.join('\n\n')}\n`;
}

export const keystoneUrl = (layout: Layout) => `http://127.0.0.1:${layout.ports.keystone}`;

/** How a service checks the tokens it is shown. */
export function tokenCheck(layout: Layout) {
  return {
    www_authenticate_uri: keystoneUrl(layout),
    auth_url: keystoneUrl(layout),
    auth_type: 'password',
    project_domain_name: 'Default',
    user_domain_name: 'Default',
    project_name: 'service',
    username: 'service',
    password: 'service',
    service_token_roles_required: 'false',
  };
}

export function keystoneConf({ run }: Layout): string {
  return ini({
    DEFAULT: { use_stderr: 'true' },
    database: { connection: `sqlite:///${run}/keystone.db` },
    cache: { enabled: 'false' },
    // Four rounds of bcrypt are enough for passwords that are in this repository.
    identity: { password_hash_rounds: 4 },
    fernet_tokens: { key_repository: `${run}/fernet` },
    fernet_receipts: { key_repository: `${run}/fernet` },
    credential: { key_repository: `${run}/credential-keys` },
  });
}

export function neutronConf(layout: Layout): string {
  const { run, venv, bus } = layout;
  return ini({
    DEFAULT: {
      core_plugin: 'ml2',
      filter_validation: 'false',
      service_plugins: 'router,timestamp,revisions,tag',
      auth_strategy: 'keystone',
      api_paste_config: `${venv}/etc/neutron/api-paste.ini`,
      state_path: run,
      transport_url: 'fake://',
      notify_nova_on_port_status_changes: 'false',
      notify_nova_on_port_data_changes: 'false',
      use_stderr: 'true',
      dhcp_agent_notification: 'false',
    },
    database: { connection: `sqlite:///${run}/neutron.db` },
    oslo_concurrency: { lock_path: run },
    // Without a bus, notifications go to the log, where tests can look at real ones.
    oslo_messaging_notifications: bus
      ? { driver: 'messagingv2', transport_url: bus.replace(/^amqp:/, 'rabbit:') }
      : { driver: 'log' },
    quotas: { quota_security_group_rule: -1, quota_security_group: -1, quota_port: -1 },
    keystone_authtoken: tokenCheck(layout),
    ml2: {
      type_drivers: 'local',
      tenant_network_types: 'local',
      mechanism_drivers: '',
      extension_drivers: 'port_security',
    },
  });
}

export function novaConf(layout: Layout): string {
  const { run } = layout;
  return ini({
    DEFAULT: { transport_url: 'fake://', use_stderr: 'true', state_path: run, my_ip: '127.0.0.1' },
    api: { auth_strategy: 'keystone' },
    database: { connection: `sqlite:///${run}/nova.db` },
    api_database: { connection: `sqlite:///${run}/nova_api.db` },
    oslo_concurrency: { lock_path: run },
    keystone_authtoken: tokenCheck(layout),
  });
}

export function glanceConf(layout: Layout): string {
  const { run } = layout;
  return ini({
    DEFAULT: { use_stderr: 'true', enabled_backends: 'files:file' },
    database: { connection: `sqlite:///${run}/glance.db` },
    oslo_concurrency: { lock_path: run },
    glance_store: { default_backend: 'files' },
    files: { filesystem_store_datadir: `${run}/images` },
    paste_deploy: { flavor: 'keystone', config_file: `${layout.venv}/etc/glance/glance-api-paste.ini` },
    keystone_authtoken: tokenCheck(layout),
  });
}
