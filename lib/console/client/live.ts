/** Asks for the page again every few seconds, and puts in what has changed without disturbing its reader. */

const everyMs = 5000;
const slowestMs = 60_000;

let etag: string | null = null;

export function live(): void {
  if (document.querySelector('[data-live]') === null) return;
  let waitMs = everyMs;
  const look = async () => {
    if (!document.hidden) waitMs = (await refresh()) ? everyMs : Math.min(slowestMs, waitMs * 2);
    setTimeout(look, waitMs);
  };
  setTimeout(look, waitMs);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void refresh();
  });
}

/** False when the service did not answer. */
async function refresh(): Promise<boolean> {
  try {
    const headers: Record<string, string> = {
      'X-Live': '1',
      ...(etag === null ? {} : { 'If-None-Match': etag }),
    };
    const answer = await fetch(location.href, { headers, cache: 'no-store', redirect: 'error' });
    if (answer.status === 304) return tell('');
    if (answer.status === 401) return tell('You are signed out: load the page again.');
    if (!answer.ok) return !tell(`The service answers ${answer.status}; what you see may be old.`);
    const isFirst = etag === null;
    etag = answer.headers.get('etag');
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const changed = [...document.querySelectorAll('[data-live]')].filter((one) => put(one, fresh));
    return tell(changed.length > 0 && !isFirst ? `Updated ${new Date().toISOString().slice(11, 19)}` : '');
  } catch {
    return !tell('The service does not answer; what you see may be old.');
  }
}

/** Whether there is news in the region. One in which somebody reads on or types is left as it is. */
function put(old: Element, fresh: Document): boolean {
  const next = fresh.getElementById(old.id);
  if (next === null || next.innerHTML === old.innerHTML) return false;
  const focused = document.activeElement;
  const isBusy =
    old.querySelector('details[open]') !== null ||
    (focused !== null && old.contains(focused) && !(focused instanceof HTMLAnchorElement));
  if (isBusy) return false;
  const isNews = gist(old) !== gist(next);
  const focusedId = focused !== null && old.contains(focused) ? focused.id : '';
  old.replaceChildren(...next.childNodes);
  if (focusedId !== '') document.getElementById(focusedId)?.focus({ preventScroll: true });
  return isNews;
}

/** What is worth telling: that time passes is not. */
function gist(region: Element): string {
  return [...region.querySelectorAll('a, .badge, .entry-head, .tiles b')]
    .map((one) => one.textContent)
    .join();
}

function tell(text: string): true {
  const note = document.getElementById('live-note');
  if (note && text !== '' && note.textContent !== text) note.textContent = text;
  return true;
}
