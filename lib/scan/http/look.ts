import type { HttpFacts } from '../../kinds/endpoint.ts';
import { fetchPage, headerOf, type Page, type Question } from './fetch.ts';
import { followRedirects, type PinOf } from './redirects.ts';
import { foreignOrigin, gradeOf, type Scored, scorePage } from './score.ts';

/** How an HTTP port looks; null where no page comes back in time. `page` is the first answer, unfollowed. */
export async function lookAtHttp(
  question: Question,
  pinOf: PinOf,
  id: string,
): Promise<{ facts: HttpFacts; page: Page } | null> {
  const page = await fetchPage(question);
  if (page === null) return null;
  const redirects = await followRedirects(page, question, pinOf);
  const foreign = await fetchPage({ ...question, headers: { origin: foreignOrigin } });
  const redirectsToHttps = question.scheme === 'http' && redirects.hops[0]?.scheme === 'https';
  const stayed = redirects.hops.every((hop) => hop.scheme === question.scheme && hop.port === question.port);
  const scored = scorePage({
    scheme: question.scheme,
    page: stayed ? redirects.last : page,
    foreign,
    redirects,
  });
  // Browsers read the headers of what they are sent to.
  const { score, grade, points, hstsSeconds } = redirectsToHttps ? redirectOnly(scored) : scored;
  const facts: HttpFacts = {
    id,
    port: question.port,
    scheme: question.scheme,
    status: page.status,
    score,
    grade,
    points,
    redirectsToHttps,
    hstsSeconds,
    banner: bannerOf(page),
  };
  return { facts, page };
}

function redirectOnly(scored: Scored): Scored {
  const points = scored.points.filter((one) => one.test === 'redirection');
  const score = points.reduce((sum, one) => sum + one.points, 100);
  return { ...scored, points, score, grade: gradeOf(score) };
}

/** Software that says its version. */
function bannerOf(page: Page): string | null {
  const told = ['server', 'x-powered-by', 'x-aspnet-version', 'x-generator']
    .flatMap((name) => headerOf(page, name) ?? [])
    .filter((value) => /\d/.test(value));
  return told.length === 0 ? null : told.join(', ').slice(0, 200);
}
