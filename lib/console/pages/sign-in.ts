import { html } from '../html.ts';
import { plainPage } from './layout.ts';

/** A look at the link does not use it up: chat programs fetch what they show. Only the button does. */
export function signInPage(token: string | null, problem: string | null): string {
  const note = problem === null ? '' : html`<p class="note bad" role="alert">${problem}</p>`;
  if (token === null)
    return plainPage(
      'Sign in',
      html`${note}<p>You get in with a link that works once.</p><ul><li>On this machine: <code>snapshut start</code> prints one, and <code>npx snapshut sign-in</code> prints another.</li><li>Elsewhere: type <code>/snapshut</code> in Slack.</li></ul>`,
    );
  return plainPage(
    'Sign in',
    html`${note}<p>This link works once.</p><form method="post" action="/console/sign-in"><input type="hidden" name="token" value="${token}"><button class="primary">Sign in</button></form>`,
  );
}
