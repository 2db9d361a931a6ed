import { controls } from '../controls/registry.ts';
import { type OutcomeName, outcomes } from '../model.ts';

/** The README's tables, made from what the program itself goes by. */

export const tables: { [mark: string]: () => string } = { controls: controlsTable, outcomes: outcomesTable };

/** A row per control; one that guards several kinds has them, and a mode for each where they differ, in its row. */
function controlsTable(): string {
  const byName = Map.groupBy(controls, (one) => one.name);
  const rows = [...byName].map(([name, those]) => {
    const modes = new Set(those.map((one) => one.defaultMode));
    const mode =
      modes.size === 1 ? [...modes][0] : those.map((one) => `${one.defaultMode} (${one.kind})`).join(', ');
    const kinds = those.map((one) => one.kind).join(', ');
    const [first] = those;
    return `| \`${name}\` | ${kinds} | ${mode} | ${first?.title} | ${first?.remedy} |`;
  });
  return ['| control | guards | default | what is wrong | the fix |', '|---|---|---|---|---|', ...rows].join(
    '\n',
  );
}

const meanings: { [name in OutcomeName]: string } = {
  clean: 'nothing is open, or it was closed before we came',
  gone: 'the resource does not exist any more',
  ignored: 'nothing to look at: a failed call, an event that only reads or is not known',
  exempt: 'it may stay as it is for now; the reason and the end are said',
  told: 'people are told, nothing is changed',
  asked: 'a person decides: `approve` or `deny`',
  held: 'over a limit, frozen, or opened again and again: a person decides',
  planned: 'what would be done; only under `--dry-run`',
  fixed: 'shut, and a fresh read shows it',
  unfixed: 'something is still open after the attempt',
  failed: 'it could not be read or changed; the reason is said',
  undone: 'put back as it was',
  refused: 'not done: an account that is not ours, a second undo, a state that has moved on',
};

function outcomesTable(): string {
  const rows = outcomes.map((name) => `| \`${name}\` | ${meanings[name]} |`);
  return ['| outcome | means |', '|---|---|', ...rows].join('\n');
}
