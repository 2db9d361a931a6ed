import { controls } from '../controls/registry.ts';
import { type OutcomeName, outcomes } from '../model.ts';
import { handbookTable } from '../profiles/handbooks.ts';
import { callsOf } from '../providers/aws/aws.ts';
import { eventsTable } from './events-table.ts';
import { support, supportRows } from './support.ts';

/** The tables of the README, from the code that they speak of. `npm run docs` writes them; a test compares. */

const meanings: { [name in OutcomeName]: string } = {
  clean: 'nothing is open, or somebody else closed it',
  gone: 'the resource does not exist any more',
  ignored: 'the event names nothing to look at; it says why',
  exempt: 'open, and allowed to stay so until a date',
  told: 'open; the policy only tells',
  asked: 'open; waits for `approve` or `deny`',
  held: 'open; a limit, the flap guard or the kill switch holds the fix back until `approve`',
  planned: 'what a fix would change (`--dry-run`)',
  fixed: 'shut, and a fresh read shows it',
  unfixed: 'something is still open after the fix; it says what',
  failed: 'could not be read or finished; it says why',
  undone: 'put back exactly',
  refused: 'not done: an unknown account, a late or second answer, a state that moved',
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

export const tables: { readonly [mark: string]: () => string } = {
  controls: () =>
    table(
      ['control', 'kind', 'default', 'finds', 'fix'],
      controls.map((one) => [`\`${one.name}\``, one.kind, one.defaultMode, one.title, one.remedy]),
    ),
  outcomes: () =>
    table(
      ['outcome', 'means'],
      outcomes.map((name) => [`\`${name}\``, meanings[name]]),
    ),
  permissions: () => {
    const kinds = [...new Set(controls.map((one) => one.kind))].sort();
    const calls = kinds.map((kind) => ({ kind, ...callsOf(kind) }));
    const asked = calls.filter(({ read, write }) => read.length + write.length > 0);
    const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(' ');
    return table(
      ['kind', 'reads', 'changes'],
      asked.map(({ kind, read, write }) => [kind, code(read), code(write)]),
    );
  },
  events: () => {
    const { count, markdown } = eventsTable();
    return `${count} events are understood:\n\n${markdown.trim()}`;
  },
  support: () => table(['kind', ...Object.keys(support)], supportRows()),
  handbooks: () => handbookTable(),
};

/** The text with every table written anew between its marks. Throws when a mark is missing. */
export function withTables(text: string): string {
  return Object.entries(tables).reduce((written, [name, make]) => {
    const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const [from, to] = [written.indexOf(start), written.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the text has no ${start} … ${end}`);
    return `${written.slice(0, from)}${start}\n${make().trim()}\n${written.slice(to)}`;
  }, text);
}
