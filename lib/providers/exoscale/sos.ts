import type { S3Client } from '@aws-sdk/client-s3';
import { callTimeouts } from '../../call-timeouts.ts';
import { TerminalError } from '../../errors.ts';
import type { Keys } from './sign.ts';

/** Exoscale's object storage speaks S3, at an address of each zone. */
export interface Sos {
  sdk: typeof import('@aws-sdk/client-s3');
  client: S3Client;
}

export interface SosOptions {
  keys: Keys;
  /** Instead of `https://sos-ZONE.exo.io`; `{zone}` is replaced. */
  endpoint?: string;
}

/** One client per zone; the SDK is loaded when the first bucket is looked at. */
export function sosClients({ keys, endpoint = 'https://sos-{zone}.exo.io' }: SosOptions) {
  const made = new Map<string, Promise<Sos>>();
  return (zone: string): Promise<Sos> => {
    if (!/^[a-z0-9-]{1,40}$/.test(zone)) throw new TerminalError('Exoscale: that is no zone');
    const known = made.get(zone);
    if (known) return known;
    const making = import('@aws-sdk/client-s3').then((sdk) => ({
      sdk,
      client: new sdk.S3Client({
        endpoint: endpoint.replaceAll('{zone}', zone),
        region: zone,
        forcePathStyle: true,
        credentials: { accessKeyId: keys.key, secretAccessKey: keys.secret },
        // Checksums that newer SDKs add by themselves are AWS's own.
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        maxAttempts: 4,
        requestHandler: callTimeouts,
      }),
    }));
    made.set(zone, making);
    return making;
  };
}
