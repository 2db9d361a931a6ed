import type { CertificateState, HeldCertificate } from '../kinds/certificate.ts';
import type { Fault } from './expiring-certificate.ts';

const listedMax = 10;

/** Whether clients take a certificate of these names for this host: a star stands for one label. RFC 9525, section 6.3. */
export function coversHost(names: readonly string[], host: string): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const parent = `*${wanted.slice(wanted.indexOf('.'))}`;
  return names.some((name) => {
    const own = name.toLowerCase();
    return own === wanted || (wanted.includes('.') && own === parent);
  });
}

/** Names that it is served under and is not for, and a subject that says another name than clients look at. */
export function nameFaults({ names, subject }: HeldCertificate, { servedNames }: CertificateState): Fault[] {
  const faults: Fault[] = [];
  const [, common = ''] = /(?:^|, )CN=([^,]+)/.exec(subject) ?? [];
  const isHost = /^(\*\.)?([\w-]+\.)+[a-z][\w-]*$/i.test(common);
  // Without any names old clients still go by the subject.
  const own = names.length > 0 ? names : [common];
  const missed = servedNames.filter((host) => !coversHost(own, host));
  const more = missed.length > listedMax ? ` and ${missed.length - listedMax} more` : '';
  if (missed.length > 0)
    faults.push({
      severity: 'high',
      text: `is served for ${missed.slice(0, listedMax).join(', ')}${more}, which it does not cover`,
    });
  if (names.length === 0)
    faults.push({ severity: 'medium', text: 'has no alternative name, so that browsers refuse it' });
  else if (isHost && !coversHost(names, common))
    faults.push({
      severity: 'medium',
      text: `is for ${common} by its subject, which its names do not cover`,
    });
  return faults;
}
