import type { Port } from '../identify.ts';

/** Nobody: servers list the same ways for whoever asks, and no account's failures are counted. */
const user = 'snapshut-scan';

/** Weak servers too: we only look. */
const old = {
  kex: also(
    'diffie-hellman-group-exchange-sha1',
    'diffie-hellman-group14-sha1',
    'diffie-hellman-group1-sha1',
  ),
  serverHostKey: also('ssh-rsa', 'ssh-dss'),
  cipher: also('aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'),
  hmac: also('hmac-md5', 'hmac-sha1-96', 'hmac-md5-96'),
};

function also<Name extends string>(...append: Name[]): { append: Name[]; prepend: Name[]; remove: Name[] } {
  return { append, prepend: [], remove: [] };
}

/**
 * The ways to log in that a server lists to somebody who has none (`none`, RFC 4252 section 5.2). No password is tried.
 * Null where it could not be asked.
 */
export async function loginMethods({ address, port, timeoutMs }: Port): Promise<string[] | null> {
  // A bundle keeps only the default of a CommonJS module.
  const { default: ssh2 } = await import('ssh2');
  const client = new ssh2.Client();
  return new Promise((resolve) => {
    let isTold = false;
    const end = (methods: string[] | null) => {
      if (isTold) return;
      isTold = true;
      clearTimeout(deadline);
      client.destroy();
      resolve(methods);
    };
    const deadline = setTimeout(() => end(null), timeoutMs);
    client.on('error', () => end(null));
    client.on('close', () => end(null));
    client.on('ready', () => end(['none']));
    try {
      client.connect({
        host: address,
        port,
        username: user,
        readyTimeout: timeoutMs,
        hostVerifier: () => true,
        algorithms: old,
        authHandler: (left, _partial, next) => {
          if (left === null) next('none');
          else end(left);
        },
      });
    } catch {
      // ssh2 throws where it supports nothing that was asked for; then nothing is known.
      end(null);
    }
  });
}
