import { createHash } from 'node:crypto';
import { script, style } from '../client-text.ts';
import { Html, html, type Part } from '../html.ts';
import type { Visit } from '../parts.ts';
import { mayDo } from '../session.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64');

/** The one script, by its content: a browser keeps it until it changes. */
export const scriptPath = `/console/app-${hashOf(script).replace(/\W/g, '').slice(0, 12)}.js`;

/** Nothing from elsewhere, no inline script, no attribute styles; the one inline style by its hash. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'sha256-${hashOf(style)}'`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const places = [
  ['cases', '/console', 'Cases'],
  ['waiting', '/console/waiting', 'Waiting'],
  ['figures', '/console/figures', 'Figures'],
  ['exemptions', '/console/exemptions', 'Exemptions'],
  ['controls', '/console/controls', 'Controls'],
  ['blocks', '/console/blocks', 'Blocks'],
  ['health', '/console/health', 'Health'],
  ['acts', '/console/acts', 'Acts'],
] as const;
export type Place = (typeof places)[number][0];

const icon =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Crect width=%2216%22 height=%2216%22 rx=%224%22 fill=%22%230b57d0%22/%3E%3Cpath d=%22M5 7V5a3 3 0 0 1 6 0v2h1v5H4V7zm2 0h2V5a1 1 0 0 0-2 0z%22 fill=%22%23fff%22/%3E%3C/svg%3E';

function document(title: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Snapshut</title>
<link rel="icon" href="${new Html(icon)}">
<style>${new Html(style)}</style>
<script src="${scriptPath}" defer></script>
</head>
<body>
${body}
</body>
</html>
`.text;
}

export interface PageParts {
  title: string;
  place: Place | null;
  visit: Visit;
  frozen: string | null;
  /** How many questions wait; shown beside their place. */
  waiting: string;
  body: Part;
}

export function page({ title, place, visit, frozen, waiting, body }: PageParts): string {
  const { session } = visit;
  const links = places.map(([name, path, text]) => {
    const more = name === 'waiting' && waiting !== '0' ? html` <span class="count">${waiting}</span>` : '';
    const current = name === place ? html` aria-current="page"` : '';
    return html`<li><a href="${path}"${current}>${text}${more}</a></li>`;
  });
  return document(
    title,
    html`<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/console">Snapshut</a>
<nav aria-label="Console"><ul>${links}</ul></nav>
<form class="who" method="post" action="/console/sign-out">${tokenField(visit)}<span title="${session.role}">${session.user}</span> <button class="plain">Sign out</button></form>
</header>
${frozen === null ? '' : frozenBanner(frozen, visit)}
<main id="main" tabindex="-1">
${body}
</main>
<footer><p>Times are UTC. Press <kbd>?</kbd> for the keys.</p><p id="live-note" role="status"></p></footer>
<dialog id="keys" aria-labelledby="keys-title"><h2 id="keys-title">Keys</h2>
<dl class="facts"><dt><kbd>/</kbd></dt><dd>search</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous case</dd><dt><kbd>Enter</kbd></dt><dd>open it</dd><dt><kbd>u</kbd></dt><dd>back to the cases</dd><dt><kbd>w</kbd></dt><dd>what waits for an answer</dd><dt><kbd>?</kbd></dt><dd>these keys</dd></dl>
<form method="dialog"><button>Close</button></form></dialog>`,
  );
}

function frozenBanner(why: string, visit: Visit): Html {
  const form = mayDo(visit.session.role, 'admin')
    ? html`<form method="post" action="/console/unfreeze">${tokenField(visit)}<button>Allow changes again</button></form>`
    : '';
  return html`<div class="banner bad" role="alert"><p><strong>Frozen: nothing is changed.</strong> ${why}</p>${form}</div>`;
}

/** A page for nobody in particular: to sign in, or that something went wrong. */
export function plainPage(title: string, body: Part): string {
  return document(
    title,
    html`<main id="main" class="alone"><p class="brand">Snapshut</p><h1>${title}</h1>${body}</main>`,
  );
}

/** What makes a form one of ours. */
export function tokenField({ formToken }: Visit): Html {
  return html`<input type="hidden" name="token" value="${formToken}">`;
}
