import type { HeaderPoint } from '../../kinds/endpoint.ts';
import type { Page } from './fetch.ts';

/** Content-Security-Policy as Mozilla's Observatory reads it. https://github.com/mdn/mdn-http-observatory */

type Policy = Map<string, Set<string>>;

const broad = new Set(['ftp:', 'http:', 'https:', '*', 'http://*', 'http://*.*', 'https://*', 'https://*.*']);
const inline = new Set([...broad, "'unsafe-inline'", 'data:']);
const passive = ['img-src', 'media-src'];

/** The policies of the headers, and of meta elements of the page. */
export function policiesOf(page: Page): { sent: Policy; all: Policy } {
  const headers = page.headers
    .filter(([name]) => name === 'content-security-policy')
    .map(([, value]) => value);
  const sent = headers.flatMap((value) => value.split(','));
  return { sent: parse(sent), all: parse([...sent, ...metaPolicies(page.body)]) };
}

function metaPolicies(body: string): string[] {
  const tags = body.slice(0, 100_000).match(/<meta\s[^<>]{0,4000}>/gi) ?? [];
  return tags.flatMap((tag) => {
    if (!/http-equiv\s*=\s*["']?content-security-policy["']?[\s>]/i.test(tag)) return [];
    return /content\s*=\s*"([^"]*)"/i.exec(tag)?.[1] ?? [];
  });
}

function parse(texts: readonly string[]): Policy {
  const policy: Policy = new Map();
  for (const directive of texts.flatMap((text) => text.split(';'))) {
    const [name, ...sources] = directive.trim().split(/\s+/);
    if (!name || policy.has(name.toLowerCase())) continue;
    policy.set(
      name.toLowerCase(),
      new Set(sources.map((one) => (one.startsWith("'nonce-") ? one : one.toLowerCase()))),
    );
  }
  return policy;
}

export function scoreCsp(page: Page, scheme: 'http' | 'https'): HeaderPoint {
  const { all } = policiesOf(page);
  const told = (points: number, text: string) => ({ test: 'content-security-policy', points, text });
  if (all.size === 0) return told(-25, 'no Content-Security-Policy');
  const sourcesOf = (name: string) => new Set(all.get(name) ?? all.get('default-src') ?? ['*']);
  const scripts = trusting(sourcesOf('script-src'));
  if (scripts === null)
    return told(-25, "Content-Security-Policy with 'strict-dynamic' and neither nonce nor hash");
  const styles = sourcesOf('style-src');
  if (hasNonce(styles)) styles.delete("'unsafe-inline'");
  const active = [...all].filter(([name]) => name !== 'script-src' && !passive.includes(name));
  const activeSources = [...scripts, ...active.flatMap(([, sources]) => [...sources])];
  const passiveSources = passive.flatMap((name) => [...(all.get(name) ?? all.get('default-src') ?? [])]);

  if (some(scripts, inline) || some(sourcesOf('object-src'), broad))
    return told(-20, 'Content-Security-Policy lets inline, data: or any scripts or objects run');
  if (scheme === 'https' && activeSources.some(isInsecure))
    return told(-20, 'Content-Security-Policy lets active content come over HTTP');
  if (scripts.has("'unsafe-eval'") || styles.has("'unsafe-eval'"))
    return told(-10, "Content-Security-Policy with 'unsafe-eval'");
  if (scheme === 'https' && passiveSources.some(isInsecure))
    return told(-10, 'Content-Security-Policy lets images or media come over HTTP');
  if (some(styles, inline)) return told(0, 'Content-Security-Policy with unsafe styles');
  const fallback = all.get('default-src');
  if (fallback?.size === 1 && fallback.has("'none'"))
    return told(10, "Content-Security-Policy that starts from 'none'");
  return told(5, 'Content-Security-Policy without anything unsafe');
}

/** What a script source list really admits; null where 'strict-dynamic' would trust nothing. */
function trusting(scripts: Set<string>): Set<string> | null {
  const isNonced = hasNonce(scripts);
  if (isNonced) scripts.delete("'unsafe-inline'");
  if (!scripts.has("'strict-dynamic'")) return scripts;
  if (!isNonced) return null;
  return new Set(
    [...scripts].filter((one) => one !== "'self'" && ![...broad].some((start) => one.startsWith(start))),
  );
}

function hasNonce(sources: Set<string>): boolean {
  return [...sources].some((one) => /^'(sha256|sha384|sha512|nonce)-/.test(one));
}

function isInsecure(source: string): boolean {
  return source.startsWith('http:') || source.startsWith('ftp:');
}

function some(sources: Set<string>, of: Set<string>): boolean {
  return [...sources].some((one) => of.has(one));
}

/** Whether frames are limited by the policy; only a header can say so. */
export function limitsFrames(page: Page): boolean {
  const ancestors = policiesOf(page).sent.get('frame-ancestors');
  return ancestors !== undefined && !some(ancestors, broad);
}
