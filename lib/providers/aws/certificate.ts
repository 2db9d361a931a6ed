import { TerminalError } from '../../errors.ts';
import type { CertificateState } from '../../kinds/certificate.ts';
import { readCertificate } from '../../scan/tls/certificate.ts';
import type { Adapter } from './adapter.ts';
import type { Clients, Place } from './clients.ts';
import { isAws, orNull } from './errors.ts';
import { nameOf } from './identities/identity.ts';
import { noEntity } from './identities/policies.ts';
import { oneByOne } from './one-by-one.ts';
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
    ],
    write: [],
  },

  read: (clients, place, ids) =>
    oneByOne(ids, async (arn) => {
      const state = await (arn.includes(':iam:') ? ofIam(clients, place, arn) : ofAcm(clients, place, arn));
      return state === null ? { status: 'gone' } : { status: 'found', state };
    }),

  async apply(_clients, _place, arn) {
    throw new TerminalError(`nothing about ${arn} can be changed`);
  },

  async *list(clients, place) {
    if (place.region === 'global') yield* listIam(clients, place);
    else yield* listAcm(clients, place);
  },
};

async function* listIam(clients: Clients, place: Place) {
  const { client, sdk } = await iamOf(clients, place);
  let Marker: string | undefined;
  do {
    const page = await client.send(new sdk.ListServerCertificatesCommand({ Marker }));
    yield (page.ServerCertificateMetadataList ?? []).flatMap((one) => one.Arn ?? []);
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker);
}

async function* listAcm(clients: Clients, place: Place) {
  const { client, sdk } = await acmOf(clients, place);
  let NextToken: string | undefined;
  do {
    const page = await client.send(new sdk.ListCertificatesCommand({ NextToken }));
    // What Amazon issued it also renews; old answers do not say which is which.
    const imported = (page.CertificateSummaryList ?? []).filter(
      (one) => (one.Type ?? 'IMPORTED') === 'IMPORTED',
    );
    yield imported.flatMap((one) => one.CertificateArn ?? []);
    NextToken = page.NextToken;
  } while (NextToken);
}

async function ofIam(clients: Clients, place: Place, arn: string): Promise<CertificateState | null> {
  const { client, sdk } = await iamOf(clients, place);
  const name = nameOf(arn);
  const said = await orNull(
    client.send(new sdk.GetServerCertificateCommand({ ServerCertificateName: name })),
    noEntity,
  );
  const found = said?.ServerCertificate;
  if (!found) return null;
  const tags = Object.fromEntries((found.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']));
  return {
    kind: 'certificate',
    name,
    tags,
    service: 'iam',
    usedBy: [],
    certificates: held(found.CertificateBody),
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
  const [pem, listed] = await Promise.all([
    isImported ? client.send(new sdk.GetCertificateCommand({ CertificateArn })) : null,
    client.send(new sdk.ListTagsForCertificateCommand({ CertificateArn })),
  ]);
  return {
    kind: 'certificate',
    name: found.DomainName ?? CertificateArn,
    tags: Object.fromEntries((listed.Tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''])),
    service: 'acm',
    usedBy: found.InUseBy ?? [],
    certificates: held(pem?.Certificate),
  };
}

/** Throws where the cloud holds what is no certificate: that must not pass for a sound one. */
function held(pem: string | undefined): CertificateState['certificates'] {
  if (pem === undefined) return [];
  const about = { id: 'certificate', port: 0, serverName: null, trustError: null };
  const read = readCertificate([Buffer.from(pem)], about);
  if (read === null) throw new TerminalError('the certificate cannot be read');
  const { id, subject, issuer, names, notBefore, notAfter, serial } = read.facts;
  return [{ id, subject, issuer, names, notBefore, notAfter, serial, ...read.key }];
}
