import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Case } from '../cases.ts';
import { messageOf } from '../errors.ts';
import { lastEvent, lastSweep } from '../health.ts';
import { verify } from '../history/chain.ts';
import { resourceKey } from '../model.ts';
import { answeredText } from './answer.ts';
import { daysUntil } from './days.ts';
import { asCsv, asJson, exported } from './export.ts';
import { askedFor } from './filters.ts';
import type { Html } from './html.ts';
import { actsBody } from './pages/acts.ts';
import { blocksBody } from './pages/blocks.ts';
import { caseBody } from './pages/case.ts';
import { casesBody } from './pages/cases.ts';
import { controlsBody } from './pages/controls.ts';
import { exemptionsBody } from './pages/exemptions.ts';
import { figuresBody, ranges } from './pages/figures.ts';
import { healthBody } from './pages/health.ts';
import { type Place, page } from './pages/layout.ts';
import { waitingBody } from './pages/waiting.ts';
import { casePath, headline } from './pages/words.ts';
import type { Visit } from './parts.ts';

/** What each address shows: a few bounded questions to the history, and a page made of the answers. */

export type Shown =
  | { to: string }
  | { body: string; etag: string; headers: { [name: string]: string }; act?: string; about?: string };

const pageSize = 50;
const relatedMax = 6;
const waitingMax = 20;

type View = (visit: Visit, context: Context) => Promise<Shown | null>;

export const views: { [path: string]: View } = {
  '/console': showCases,
  '/console/cases.csv': (visit) => take(visit, 'csv'),
  '/console/cases.json': (visit) => take(visit, 'json'),
  '/console/cases/:id': showCase,
  '/console/waiting': async (visit) =>
    framed(visit, 'waiting', 'Waiting', waitingBody(await waiting(visit, 200), visit)),
  '/console/figures': showFigures,
  '/console/exemptions': async (visit) => {
    const { loop, policy } = visit.parts;
    const body = exemptionsBody(await loop.history.allExemptions(), policy, visit.now);
    return framed(visit, 'exemptions', 'Exemptions', body);
  },
  '/console/controls': async (visit) => {
    const { loop, policy } = visit.parts;
    return framed(visit, 'controls', 'Controls', controlsBody(loop.controls, policy));
  },
  '/console/blocks': async (visit) => {
    const answered = visit.params.get('answered');
    const note = answered === 'done' ? 'Let go.' : answered === 'failed' ? 'Not let go: see Acts.' : null;
    return framed(visit, 'blocks', 'Blocks', blocksBody(await visit.parts.blocks.list(), visit, note));
  },
  '/console/health': showHealth,
  '/console/acts': showActs,
};

async function showCases(visit: Visit): Promise<Shown> {
  const { loop, guarded } = visit.parts;
  const asked = askedFor(visit.params, visit.now);
  const named = asked.filters.q ?? '';
  // Whoever pastes a case's own name means that case.
  if (/^c[0-9a-v]{19}$/.test(named) && (await loop.history.get(named))) return { to: casePath(named) };
  const found =
    asked.problems.length > 0
      ? { cases: [], cursor: null }
      : await loop.history.find({ ...asked.query, limit: pageSize });
  const accounts = [...new Set(guarded.map((one) => one.account))];
  const actors = [...new Set(found.cases.flatMap((one) => one.actor?.name ?? []))];
  return framed(visit, 'cases', 'Cases', casesBody({ visit, asked, found, accounts, actors }));
}

async function showCase(visit: Visit, context: Context): Promise<Shown | null> {
  const { history } = visit.parts.loop;
  const caseId = context.req.param('id') ?? '';
  const one = await history.get(caseId);
  if (one === null) return null;
  const limit = relatedMax + 1;
  const actor = one.actor?.name;
  const [entries, broken, same, byActor, permission] = await Promise.all([
    history.entries(caseId),
    verify(history, caseId),
    history.find({ resourceKey: resourceKey(one.resource), limit }),
    actor === undefined ? null : history.find({ actor, limit: 2 * limit }),
    visit.parts.mayAnswer(one, visit.session),
  ]);
  const others = (cases: readonly Case[]) =>
    cases.filter((other) => other.caseId !== caseId).slice(0, relatedMax);
  const known = new Set(same.cases.map((other) => other.caseId));
  const body = caseBody({
    visit,
    one,
    entries,
    broken,
    ofResource: others(same.cases),
    ofActor: others((byActor?.cases ?? []).filter((other) => !known.has(other.caseId))),
    refusal: permission.may ? null : (permission.why ?? 'you may not answer this case'),
    note: permission.may ? permission.why : null,
    answered: answeredText(visit.params.get('answered')),
  });
  return framed(visit, null, headline(one), body);
}

async function showFigures(visit: Visit): Promise<Shown> {
  const asked = visit.params.get('days') ?? '';
  const range = (['7', '30', '90'] as const).find((one) => one === asked) ?? '30';
  const days = await daysUntil(visit.parts.loop.history, visit.now, Number(range));
  return framed(visit, 'figures', `Figures of ${ranges[range]}`, figuresBody(days, range));
}

async function showHealth(visit: Visit): Promise<Shown> {
  const { loop, guarded, health } = visit.parts;
  const [queue, deadLetters, sweep, frozen] = await Promise.all([
    // The page about what does not work must work: a queue that cannot be asked is shown as that.
    health.queue().catch((error: unknown) => {
      visit.parts.warn(`the queue cannot be asked: ${messageOf(error)}`);
      return null;
    }),
    health.deadLetters(),
    lastSweep(loop.history),
    loop.frozen(),
  ]);
  const accounts = await Promise.all(
    guarded.map(async (one) => ({ ...one, lastEventAt: await lastEvent(loop.history, one) })),
  );
  return framed(
    visit,
    'health',
    'Health',
    healthBody({ visit, queue, deadLetters, accounts, sweep, frozen }),
  );
}

async function showActs(visit: Visit): Promise<Shown> {
  const before = Number(visit.params.get('before') ?? Number.NaN);
  const bound = Number.isSafeInteger(before) && before > 0 ? before : undefined;
  const acts = await visit.parts.loop.history.acts(pageSize, bound);
  return framed(visit, 'acts', 'Acts', actsBody(acts, pageSize));
}

async function take(visit: Visit, format: 'csv' | 'json'): Promise<Shown> {
  const asked = askedFor(visit.params, visit.now);
  const taken = await exported(visit.parts.loop.history, asked.query);
  const body = format === 'csv' ? asCsv(taken) : asJson(taken);
  const headers: { [name: string]: string } = {
    'Content-Type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8',
    'Content-Disposition': `attachment; filename="cases.${format}"`,
  };
  if (taken.cursor !== null) {
    const params = new URLSearchParams(visit.params);
    params.set('cursor', taken.cursor);
    headers.Link = `</console/cases.${format}?${params}>; rel="next"`;
  }
  const about = `${taken.cases.length} cases ${visit.params.toString()}`.trim().slice(0, 300);
  return { body, etag: etagOf(body), headers, act: `export ${format}`, about };
}

async function waiting(visit: Visit, limit: number): Promise<Case[]> {
  const { history } = visit.parts.loop;
  const pages = await Promise.all(
    (['asked', 'held'] as const).map((outcome) => history.find({ outcome, open: true, limit })),
  );
  return pages.flatMap((one) => one.cases).filter((one) => one.asked !== null);
}

async function framed(visit: Visit, place: Place | null, title: string, body: Html): Promise<Shown> {
  const [frozen, open] = await Promise.all([visit.parts.loop.frozen(), waiting(visit, waitingMax)]);
  const count = open.length >= waitingMax ? `${waitingMax}+` : String(open.length);
  const text = page({ title, place, visit, frozen, waiting: count, body });
  return { body: text, etag: etagOf(text), headers: { 'Content-Type': 'text/html; charset=utf-8' } };
}

const etagOf = (text: string) => `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
