import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ensureVenv, type Progress } from './venv.ts';

/** A local AWS that forgets everything when it is stopped. */
export interface Moto {
  /** `http://127.0.0.1:PORT`, for AWS_ENDPOINT_URL. */
  endpoint: string;
  pid: number;
  stop(): Promise<void>;
}

/** The account that moto plays, and keys that it accepts. */
export const motoAccount = '123456789012';
export const motoCredentials = { accessKeyId: 'sandbox', secretAccessKey: 'sandbox' };

/**
 * Starts moto on 127.0.0.1, on a free port unless one is given. The first time it makes the Python
 * environment, about a minute. The server ends with this process, however that ends: it reads a pipe that
 * only we hold.
 */
export async function startMoto(options: { port?: number; progress?: Progress } = {}): Promise<Moto> {
  const python = await ensureVenv({ name: 'venv-moto', packages: ['moto[server]==5.2.5'] }, options.progress);
  const child = spawn(python, ['-c', server, String(options.port ?? 0)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const port = await portOf(child);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    pid: child.pid as number,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The socket is bound before the port is told, so the server is ready when its port is known. */
const server = `
import os, sys, threading, logging
def end_with_parent():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=end_with_parent, daemon=True).start()
logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", int(sys.argv[1]), DomainDispatcherApplication(create_backend_app),
                     threaded=True, request_handler=MotoRequestHandler)
os.environ["MOTO_PORT"] = str(server.port)
print(server.port, flush=True)
server.serve_forever()
`;

async function portOf(child: ChildProcess): Promise<number> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error('moto was started without pipes');
  let last = '';
  createInterface({ input: stderr }).on('line', (line) => {
    last = line.trim() || last;
  });
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`moto ended with ${code} before it was ready: ${last}`);
  });
  const ready = once(createInterface({ input: stdout }), 'line');
  const [line] = await Promise.race([ready, ended]);
  // Later ends are told by stop(); nobody waits for this one any more.
  ended.catch(() => {});
  return Number(line);
}
