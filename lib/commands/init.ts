import { access, writeFile } from 'node:fs/promises';
import { profiles, profileText } from '../profiles/profiles.ts';
import { say, warn } from './print.ts';

interface Options {
  profile: string;
  file: string;
  force: boolean;
}

/** `snapshut init`: writes the policy file of a profile; one that is there is left alone. */
export async function init({ profile, file, force }: Options): Promise<number> {
  const text = profileText(profile);
  if (text === null) {
    warn(`there is no profile ${profile}; there are ${profiles.map((one) => one.name).join(', ')}`);
    return 2;
  }
  if (!force && (await isThere(file))) {
    warn(`${file} is there already; --force replaces it`);
    return 2;
  }
  await writeFile(file, text);
  say(`wrote ${file}; see what it would do with: npx snapshut sweep --dry-run`);
  return 0;
}

async function isThere(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
