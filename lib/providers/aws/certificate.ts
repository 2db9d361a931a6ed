import type { KeyAlgorithm } from '@aws-sdk/client-acm';
import { TerminalError } from '../../errors.ts';
import type { CertificateState } from '../../kinds/certificate.ts';
import { once } from '../../once.ts';
import { readCertificate } from '../../scan/tls/certificate.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { isAws, orNull } from './errors.ts';
import { nameOf } from './identities/identity.ts';
import { noEntity } from './identities/policies.ts';
import { oneByOne } from './one-by-one.ts';
import { renew, renewableUntil, calls as renewalCalls } from './renew-certificate.ts';
import { distributionsBy, servedNamesOf, calls as servingCalls } from './served-names.ts';
import { acmOf, iamOf } from './services.ts';

/** Certificates that were imported into ACM, by region, and server certificates of IAM, which have none; the id is the ARN. */
export const certificate: Adapter = {
  kind: 'certificate',
  isGlobal: 'both',
  calls: {
    read: [
      'acm:ListCertificates',
      'acm:DescribeCertificate',
      'acm:GetCertificate',
      'acm:ListTagsForCertificate',
      'iam:ListServerCertificates',
      'iam:GetServerCertificate',
      ...servingCalls,
    ],
    write: renewalCalls,
  },

  read: (clients, place, ids) => {
    const distributions = once(() => distributionsBy(clients, place));
    return oneByOne(ids, async (arn) => {
      const state = await (isOfIam(arn)
        ? ofIam(clients, place, arn, distributions)
        : ofAcm(clients, place, arn));
      return state === null ? { status: 'gone' } : { status: 'found', state };
    });
  },

  async apply(clients, place, arn, change) {
    if (isOfIam(arn) || change.op !== 'set' || change.id !== 'notAfter')
      throw new TerminalError(`nothing about ${arn} can be changed but its end, and that in ACM`);
    await renew(clients, place, arn, String(change.to));
    return change;
  },

  async *list(clients, place) {
    if (place.region === 'global') yield* listIam(clients, place);
    else yield* listAcm(clients, place);
  },
};

const isOfIam = (arn: string) => arn.includes(':iam:');

async function* listIam(clients: Clients, place: Place) {
  const { client, sdk } = await iamOf(clients, place);
  let Marker: string | undefined;
  do {
    const page = await client.send(new sdk.ListServerCertificatesCommand({ Marker }));
    yield (page.ServerCertificateMetadataList ?? []).flatMap((one) => one.Arn ?? []);
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
}

/** Without them only some RSA keys are listed: https://docs.aws.amazon.com/acm/latest/APIReference/API_Filters.html. */
const keyTypes: KeyAlgorithm[] = [
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
];

async function* listAcm(clients: Clients, place: Place) {
  const { client, sdk } = await acmOf(clients, place);
  let NextToken: string | undefined;
  do {
    const page = await client.send(new sdk.ListCertificatesCommand({ NextToken, Includes: { keyTypes } }));
    // What Amazon issued it also renews; old answers do not say which is which.
    const imported = (page.CertificateSummaryList ?? []).filter(
      (one) => (one.Type ?? 'IMPORTED') === 'IMPORTED',
    );
    yield imported.flatMap((one) => one.CertificateArn ?? []);
    NextToken = page.NextToken;
  } while (NextToken);
}

async function ofIam(
  clients: Clients,
  place: Place,
  arn: string,
  distributions: () => ReturnType<typeof distributionsBy>,
): Promise<CertificateState | null> {
  const { client, sdk } = await iamOf(clients, place);
  const name = nameOf(arn);
  const said = await orNull(
    client.send(new sdk.GetServerCertificateCommand({ ServerCertificateName: name })),
    noEntity,
  );
  const found = said?.ServerCertificate;
  if (!found) return null;
  const tags = Object.fromEntries((found.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
  const serving =
    (await distributions()).get(found.ServerCertificateMetadata?.ServerCertificateId ?? '') ?? [];
  return {
    kind: 'certificate',
    name,
    tags,
    service: 'iam',
    usedBy: serving.map((one) => one.arn),
    servedNames: [...new Set(serving.flatMap((one) => one.aliases))],
    // The name of one is its own for good: another would have to be uploaded beside it, and be put to use by hand.
    renewableUntil: null,
    ...held(found.CertificateBody),
  };
}

async function ofAcm(
  clients: Clients,
  place: Place,
  CertificateArn: string,
): Promise<CertificateState | null> {
  const { client, sdk } = await acmOf(clients, place);
  const notFound = (error: unknown) => isAws(error, 'ResourceNotFoundException');
  const said = await orNull(client.send(new sdk.DescribeCertificateCommand({ CertificateArn })), notFound);
  const found = said?.Certificate;
  if (!found) return null;
  const isImported = found.Type === 'IMPORTED';
  const usedBy = found.InUseBy ?? [];
  const [pem, listed] = await Promise.all([
    isImported ? client.send(new sdk.GetCertificateCommand({ CertificateArn })) : null,
    client.send(new sdk.ListTagsForCertificateCommand({ CertificateArn })),
  ]);
  return {
    kind: 'certificate',
    name: found.DomainName ?? CertificateArn,
    tags: Object.fromEntries((listed.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    service: 'acm',
    usedBy,
    servedNames: isImported ? await servedNamesOf(clients, place, CertificateArn, usedBy) : [],
    renewableUntil: renewableUntil(pem?.Certificate, clients.internalCa()),
    ...held(pem?.Certificate),
  };
}

/** Throws where the cloud holds what is no certificate: that must not pass for a sound one. */
function held(pem: string | undefined): Pick<CertificateState, 'certificates' | 'settings'> {
  if (pem === undefined) return { certificates: [], settings: { notAfter: '' } };
  const about = { id: 'certificate', port: 0, serverName: null, trustError: null };
  const read = readCertificate([Buffer.from(pem)], about);
  if (read === null) throw new TerminalError('the certificate cannot be read');
  const { id, subject, issuer, names, notBefore, notAfter, serial } = read.facts;
  const certificates = [{ id, subject, issuer, names, notBefore, notAfter, serial, ...read.key }];
  return { certificates, settings: { notAfter } };
}
