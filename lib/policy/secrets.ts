const accessKey = 'an AWS access key';

/** Text that is a secret wherever it stands, also in a comment. */
const tokens: readonly (readonly [RegExp, string])[] = [
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, accessKey],
  [/\bxox[abeoprs]-[\w-]{8,}|\bxapp-[\w-]{8,}/g, 'a Slack token'],
  [/hooks\.slack\.com\/(services|workflows)\/\w+/g, 'a Slack webhook'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY/g, 'a private key'],
  [/\bEXO[0-9a-f]{24}\b/g, 'an Exoscale key'],
  [/\bgh[oprsu]_\w{30,}|\bgithub_pat_\w{30,}/g, 'a GitHub token'],
  [/\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s/@:]{1,300}:[^\s/@]{1,300}@/gi, 'a password in a URL'],
];
const awsSecret = /(?<![\w/+=-])(?=[\w/+]*[a-z])(?=[\w/+]*[A-Z])(?=[\w/+]*\d)[A-Za-z0-9/+]{40}(?![\w/+=-])/g;

/** Where secrets stand in a text. The secret itself is not part of the answer. */
export function secretsIn(text: string): { offset: number; what: string }[] {
  const all = [...tokens, [awsSecret, 'an AWS secret key'] as const];
  return all.flatMap(([sign, what]) =>
    [...text.matchAll(sign)].map((match) => ({ offset: match.index, what })),
  );
}

/** The text with a mark in place of each secret. The id of an access key is a name, and stays. */
export function withoutSecrets(text: string): string {
  const secret = [...tokens, [awsSecret, 'an AWS secret key'] as const].filter(
    ([, what]) => what !== accessKey,
  );
  return secret.reduce((left, [sign, what]) => left.replace(sign, `[${what}]`), text);
}

/** Names under which people keep secrets. */
export function namesSecret(key: string): boolean {
  return /^(pass(word|wd|phrase)?|secret|token|credentials?|.*(password|secret|token|(api|access|private|secret)[-_]?key))$/i.test(
    key,
  );
}
