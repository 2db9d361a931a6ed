import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TerminalError } from '../../errors.ts';

/** Runs a command without a shell and answers what it printed. Throws TerminalError with its last words. */
export async function runCommand(words: readonly string[], input = ''): Promise<string> {
  const [program = '', ...args] = words;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let printed = '';
  let said = '';
  child.stdout.on('data', (text) => {
    printed += text;
  });
  child.stderr.on('data', (text) => {
    said += text;
  });
  // A program that ends without reading its input is judged by its status.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const status = await once(child, 'close').then(
    ([code]) => code,
    (error) => {
      throw new TerminalError(`${program} could not be started: ${error.message}`);
    },
  );
  if (status !== 0)
    throw new TerminalError(`${words.join(' ')} ended with ${status}: ${said.trim().slice(-400)}`);
  return printed;
}
