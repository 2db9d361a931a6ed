import type { Context, Hono } from 'hono';
import { messageOf, RetryableError, TerminalError } from '../errors.ts';
import type { Routes } from '../serve/http.ts';
import { answer, answerNames } from './answer.ts';
import { script } from './client-text.ts';
import { formOf } from './form.ts';
import { fromOf, Gate, refusal } from './gate.ts';
import { scriptPath } from './pages/layout.ts';
import { signInPage } from './pages/sign-in.ts';
import { casePath } from './pages/words.ts';
import type { ConsoleParts, Visit } from './parts.ts';
import { mayDo } from './session.ts';
import { type Shown, views } from './views.ts';

/** The console's paths. The same on a function and in the one process. */

export function consoleRoutes(parts: ConsoleParts): Routes {
  return (app) => {
    const gate = new Gate(parts);
    const edge = new Edge(parts, gate);
    app.use('/console', gate.outside);
    app.use('/console/*', gate.outside);
    app.get('/', (context) => context.redirect('/console', 303));
    app.get(scriptPath, (context) =>
      context.body(script, 200, {
        'Content-Type': 'text/javascript; charset=utf-8',
        'Cache-Control': 'public, max-age=31536000, immutable',
      }),
    );
    signIns(app, parts, gate, edge);
    for (const [path, view] of Object.entries(views)) app.get(path, edge.shows(view));
    acts(app, edge);
    app.all('/console/*', (context) => refusal(context, 404, 'There is no such page.'));
  };
}

function signIns(app: Hono, parts: ConsoleParts, gate: Gate, edge: Edge): void {
  app.get('/console/sign-in', (context) =>
    context.html(signInPage(context.req.query('token') ?? null, null)),
  );
  app.post('/console/sign-in', async (context) => {
    const form = await formOf(context);
    if (form === null || !gate.maySignIn(context))
      return refusal(context, 429, 'Not like this, or not so fast.');
    const who = await parts.redeem(form.token ?? '');
    if (who === null) {
      parts.warn(`somebody at ${fromOf(context)} showed a sign-in link that is not valid`);
      return context.html(signInPage(null, 'This link was used already, or is too old.'), 401);
    }
    await gate.signIn(context, who);
    await edge.record(context, { user: who.user, role: who.role }, 'signed in', null, 'done');
    return context.redirect('/console', 303);
  });
  app.post(
    '/console/sign-out',
    edge.does(null, 'signed out', async (context) => {
      gate.signOut(context);
      return { to: '/console/sign-in', about: null, outcome: 'done' };
    }),
  );
}

function acts(app: Hono, edge: Edge): void {
  for (const name of answerNames) {
    app.post(
      `/console/cases/:id/${name}`,
      edge.does('approver', name, async (context, visit, form) => {
        const caseId = context.req.param('id') ?? '';
        const one = await visit.parts.loop.history.get(caseId);
        if (one === null) return { to: '/console', about: caseId.slice(0, 200), outcome: 'no such case' };
        const outcome = await answer(visit, name, one, form);
        return { to: `${casePath(caseId)}?answered=${name}-${outcome}`, about: caseId, outcome };
      }),
    );
  }
  app.post(
    '/console/freeze',
    edge.does('admin', 'freeze', async (_, visit, form) => {
      const reason = (form.reason ?? '').trim().slice(0, 300) || 'frozen on the console';
      await visit.parts.loop.history.set('frozen', `${reason} (${visit.session.user})`);
      return { to: '/console/health', about: reason, outcome: 'done' };
    }),
  );
  app.post(
    '/console/unfreeze',
    edge.does('admin', 'unfreeze', async (_, visit) => {
      await visit.parts.loop.history.set('frozen', null);
      return { to: '/console/health', about: null, outcome: 'done' };
    }),
  );
  app.post(
    '/console/blocks/unblock',
    edge.does('admin', 'unblock', async (_, visit, form) => {
      const client = (form.client ?? '').slice(0, 100);
      const problem = await visit.parts.blocks.unblock(client, visit.session.user);
      const outcome = problem === null ? 'done' : 'failed';
      return { to: `/console/blocks?answered=${outcome}`, about: client, outcome: problem ?? outcome };
    }),
  );
}

interface Done {
  to: string;
  about: string | null;
  outcome: string;
}

type Role = Visit['session']['role'];
type Form = { [name: string]: string };

/** Between a request and what it asks for: a session, a form of ours, and a line in the list of acts. */
class Edge {
  readonly #parts: ConsoleParts;
  readonly #gate: Gate;

  constructor(parts: ConsoleParts, gate: Gate) {
    this.#parts = parts;
    this.#gate = gate;
  }

  shows(view: (visit: Visit, context: Context) => Promise<Shown | null>) {
    return async (context: Context): Promise<Response> => {
      const visit = await this.#gate.visitOf(context);
      if (visit === null) {
        if (context.req.header('x-live')) return refusal(context, 401, 'Sign in again.');
        return context.redirect('/console/sign-in', 303);
      }
      return this.#safely(context, async () => {
        const shown = await view(visit, context);
        if (shown === null) return refusal(context, 404, 'There is no such case.');
        if ('to' in shown) return context.redirect(shown.to, 303);
        if (shown.act) await this.record(context, visit.session, shown.act, shown.about ?? null, 'done');
        context.header('ETag', shown.etag);
        if (context.req.header('if-none-match') === shown.etag) return context.body(null, 304);
        return context.body(shown.body, 200, shown.headers);
      });
    };
  }

  does(
    needed: Role | null,
    act: string,
    work: (context: Context, visit: Visit, form: Form) => Promise<Done>,
  ) {
    return async (context: Context): Promise<Response> => {
      const visit = await this.#gate.visitOf(context);
      if (visit === null) return refusal(context, 401, 'Sign in again, then do it once more.');
      const form = await formOf(context);
      const why =
        form === null ? 'That is not a form of ours.' : await this.#gate.whyNot(context, visit, form);
      if (form === null || why !== null) return refusal(context, 403, why ?? '');
      if (needed !== null && !mayDo(visit.session.role, needed)) {
        const about = context.req.param('id')?.slice(0, 200) ?? null;
        await this.record(context, visit.session, act, about, 'forbidden');
        return refusal(context, 403, `This takes the role ${needed}; you are ${visit.session.role}.`);
      }
      return this.#safely(context, async () => {
        const { to, about, outcome } = await work(context, visit, form);
        await this.record(context, visit.session, act, about, outcome);
        return context.redirect(to, 303);
      });
    };
  }

  async record(
    context: Context,
    { user, role }: { user: string; role: Role },
    act: string,
    about: string | null,
    outcome: string,
  ): Promise<void> {
    const at = this.#parts.loop.now().toISOString();
    await this.#parts.loop.history.record({ at, by: user, role, act, about, outcome, from: fromOf(context) });
  }

  /** What was asked wrongly is the reader's to mend; what passes is tried again; the rest goes to the log too. */
  async #safely(context: Context, work: () => Promise<Response>): Promise<Response> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TerminalError) return refusal(context, 400, error.message);
      this.#parts.warn(`${context.req.method} ${context.req.path}: ${messageOf(error)}`);
      if (error instanceof RetryableError)
        return refusal(context, 503, `Try again in a moment: ${error.message}`);
      return refusal(context, 500, 'The log of the service says what.');
    }
  }
}
