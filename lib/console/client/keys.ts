/** Keys for those who do not reach for the mouse. Nothing happens while somebody types. */

export function keys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const act = acts[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

const acts: { [key: string]: () => void } = {
  '/': () => {
    const search = document.querySelector<HTMLInputElement>('input[type=search]');
    if (search) search.focus();
    else location.assign('/console');
  },
  j: () => step(1),
  k: () => step(-1),
  u: () => location.assign('/console'),
  w: () => location.assign('/console/waiting'),
  '?': () => document.querySelector<HTMLDialogElement>('#keys')?.showModal(),
};

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLSelectElement ||
    target instanceof HTMLTextAreaElement
  );
}

function step(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>('.cases .what > a')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const next = links[at === -1 ? 0 : at + by];
  next?.focus();
  next?.closest('li')?.scrollIntoView({ block: 'nearest' });
}
