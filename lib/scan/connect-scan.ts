import { connect } from 'node:net';

export interface ConnectScan {
  address: string;
  ports: readonly number[];
  timeoutMs: number;
  /** How often a port that says nothing is tried. */
  tries: number;
  /** Connections on their way at once. */
  width: number;
  /** New connections a second; Infinity for our own machine. */
  perSecond: number;
  onDone?: (ports: number) => void;
}

const { stackTraceLimit } = Error;
let scansRunning = 0;

type PortAnswer = 'open' | 'closed' | 'silent' | 'exhausted';

/** The ports that accept a connection, in order. What says nothing to every try is filtered, and not open. */
export async function connectScan(scan: ConnectScan): Promise<number[]> {
  // Each closed port is an error; drawing its stack takes a third of the whole scan.
  if (scansRunning++ === 0) Error.stackTraceLimit = 0;
  try {
    return await tryPorts(scan);
  } finally {
    if (--scansRunning === 0) Error.stackTraceLimit = stackTraceLimit;
  }
}

async function tryPorts(scan: ConnectScan): Promise<number[]> {
  const open: number[] = [];
  let waiting = [...scan.ports];
  for (let attempt = 1; attempt <= scan.tries && waiting.length > 0; attempt++) {
    const silent: number[] = [];
    await inTurn(waiting, scan, (port, answer) => {
      if (answer === 'open') open.push(port);
      if (answer === 'silent') silent.push(port);
      if (answer !== 'silent' || attempt === scan.tries) scan.onDone?.(1);
    });
    // An address that answered nothing at all is not there; asking 65,535 ports again would tell nothing new.
    if (silent.length === scan.ports.length && scan.ports.length > 100) {
      scan.onDone?.(silent.length);
      break;
    }
    waiting = silent;
  }
  return open.sort((a, b) => a - b);
}

function inTurn(
  ports: readonly number[],
  scan: ConnectScan,
  tell: (port: number, answer: PortAnswer) => void,
): Promise<void> {
  const queue = [...ports];
  let next = 0;
  let running = 0;
  let width = scan.width;
  // Where no connection can be made at all (a family that this machine lacks), it ends all the same.
  let patience = 2000;
  const startedMs = performance.now();
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | null = null;
    const more = () => {
      timer = null;
      while (running < width && next < queue.length) {
        const dueMs = startedMs + (next / scan.perSecond) * 1000 - performance.now();
        if (dueMs > 1) {
          timer ??= setTimeout(more, dueMs);
          break;
        }
        const port = queue[next++] as number;
        running++;
        tryPort(scan.address, port, scan.timeoutMs, (answer) => {
          running--;
          // Out of descriptors or local ports: fewer at once, and this port again.
          if (answer === 'exhausted' && patience-- > 0) {
            width = Math.max(8, width >> 1);
            queue.push(port);
          } else tell(port, answer === 'exhausted' ? 'silent' : answer);
          // In batches: the event loop turns far less often.
          if (timer === null && running <= width / 2) more();
        });
      }
      if (running === 0 && next >= queue.length) resolve();
    };
    more();
  });
}

const exhaustedCodes = new Set(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'EAGAIN']);

function tryPort(address: string, port: number, timeoutMs: number, tell: (answer: PortAnswer) => void): void {
  const socket = connect({ host: address, port });
  let isTold = false;
  const end = (answer: PortAnswer) => {
    if (isTold) return;
    isTold = true;
    clearTimeout(timer);
    socket.destroy();
    tell(answer);
  };
  const timer = setTimeout(() => end('silent'), timeoutMs);
  socket.on('connect', () => {
    // On loopback a connection to a free port of the ephemeral range may meet itself.
    const metItself = socket.localPort === port && socket.localAddress === socket.remoteAddress;
    end(metItself ? 'closed' : 'open');
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    // Reset is what an accepted connection is; a closed port refuses.
    if (error.code === 'ECONNRESET') end('open');
    else if (error.code === 'ETIMEDOUT') end('silent');
    else end(exhaustedCodes.has(error.code ?? '') ? 'exhausted' : 'closed');
  });
}
