import { keptAnswers } from '../../kept-answers.ts';
import { decoded, signedMax } from '../paths.ts';
import type { Request } from '../request.ts';
import { detector, limit } from './detector.ts';

/** Names of managed rules, labels and match conditions that say injection, whoever wrote the rule. */
const label =
  /sqli|sql_injection|xss|crosssitescripting|log4j|lfi|rfi|ssrf|rce|commandinjection|javadeserialization|exploit/i;

const signatures: readonly RegExp[] = [
  /\bunion\b[\s(+]+(?:all[\s(+]+)?select\b/i,
  /'\s*(?:or|and)\s+(?:'[^']*'\s*=\s*'|\d+\s*=\s*\d+|[\w.]+\s*(?:is|like|=)\s)/i,
  /\b(?:or|and)\s+(\d+)\s*=\s*\1\b/i,
  /;\s*(?:drop|insert|truncate|update|delete|shutdown|exec)\b[\s([]/i,
  /\b(?:sleep|benchmark|pg_sleep|waitfor\s+delay|extractvalue|updatexml)\s*\(\s*['"\d]/i,
  /\binformation_schema\b|\bxp_cmdshell\b|\bload_file\s*\(/i,
  /<\s*(?:\/\s*)?script\b[^<>]*>|<\s*(?:img|svg|body|iframe|video|details)\b[^>]{0,400}\bon\w+\s*=/i,
  /\bjavascript\s*:\s*(?:alert|eval|prompt|confirm|document)/i,
  /(?:\.\.[/\\]){2,}|\/(?:etc\/passwd|proc\/\w+\/(?:environ|cmdline|interrupts))|\bphp:\/\/(?:input|filter)/i,
  /(?:^|[;|&`\n])\s{0,20}(?:cat|id|whoami|uname|nc|bash|sh|wget|curl|powershell)\b(?:\s+[-/\w.]+|\s*$)/i,
  /'\s*(?:or|and)\s*\d+\s*[<>=]/i,
  /\{,\w+(?:,[^{}\s]*)?\}|\b(?:ba|k|z|c|da)?sh\s+-c\s|\/\w*[?*[][\w?*[\]-]*\/[\w?*]*(?:sh|\?h)\b/i,
  /\b(?:system|shell_exec|passthru|popen|proc_open|assert_options|eval|phpinfo|call_user_func)\s*\(|\(\s*\[\s*['"]\w+['"]\s*\]/i,
  /\bfor\s+\/[dflr]\s.{0,60}\bdo\b/i,
];

export const injection = detector({
  name: 'injection',
  title: 'requests that carry SQL, script, path or command injection',
  severity: 'high',
  options: limit(2, 600),
  matching: () => isInjection,
  what: 'requests that carry an injection',
});

export function isInjection(request: Request): boolean {
  const { verdict, path, query } = request;
  if (verdict) {
    if (verdict.blocked) return false;
    if (verdict.rules.some((rule) => label.test(rule))) return true;
  }
  return carriesAt(path) || carries(query.includes('+') ? query.replaceAll('+', ' ') : query);
}

/** A site has far fewer paths than requests. */
const carriesAt = keptAnswers(carries);

function carries(text: string): boolean {
  // Letters, digits and the usual punctuation cannot form any signature.
  if (!/[%'"<>;|`(){}?[\\\s]|\.\.|:\/\/|etc\/|proc\//.test(text)) return false;
  const plain = decoded(decoded(text.slice(0, signedMax)));
  return signatures.some((signature) => signature.test(plain));
}
