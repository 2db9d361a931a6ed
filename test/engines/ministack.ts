import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Engine, enginesFolder, freePort, runToEnd, startServer } from './engine.ts';

/** MiniStack, which runs Lambda, SQS, EventBridge, DynamoDB and CloudFormation without containers. */
const version = '1.5.33';

export async function startMiniStack(more: { [name: string]: string } = {}): Promise<Engine> {
  const venv = await installed();
  const port = await freePort();
  // Its Lambda functions run on the first `node` of the PATH, which must be the project's own.
  const nodeFolder = join(import.meta.dirname, '../../node_modules/node/bin');
  const env = {
    ...process.env,
    PATH: [nodeFolder, join(venv, 'bin'), process.env.PATH].join(delimiter),
    // Without it every interface is bound.
    BIND_HOST: '127.0.0.1',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    MINISTACK_REGION: 'eu-central-1',
    GATEWAY_PORT: String(port),
    ...more,
  };
  return startServer(join(venv, 'bin/ministack'), [], port, { env });
}

async function installed(): Promise<string> {
  const folder = enginesFolder();
  const venv = join(folder, 'venv-ministack');
  if (existsSync(join(venv, 'bin/ministack'))) return venv;
  await runToEnd('python3', ['-m', 'venv', venv], folder);
  await runToEnd(join(venv, 'bin/pip'), ['install', '-q', `ministack==${version}`], folder);
  return venv;
}
