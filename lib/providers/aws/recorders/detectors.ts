import type { CreateDetectorRequest, GetDetectorResponse } from '@aws-sdk/client-guardduty';
import { TerminalError } from '../../../errors.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { guardDutyOf } from '../services.ts';
import { detectorBefore } from './from-config.ts';
import { type Recorder, shapeOf, stateOf, wordsOf } from './recorder.ts';

// GuardDuty says this of a detector that does not exist.
const absent = (error: unknown) => isAws(error, 'BadRequestException', 'ResourceNotFoundException');
const prefix = 'detector/';

/** GuardDuty's detectors; the id is `detector/ID`. */
export const detectors: Recorder = {
  service: 'guardduty',
  calls: {
    read: ['guardduty:GetDetector', 'guardduty:ListDetectors'],
    write: [
      'guardduty:UpdateDetector',
      'guardduty:CreateDetector',
      'guardduty:TagResource',
      'guardduty:DeleteDetector',
    ],
  },
  owns: (id) => id.startsWith(prefix),

  async read(clients, place, id) {
    const found = await detectorOf(clients, place, id);
    const settings = found && { on: found.said.Status === 'ENABLED', shape: shape(found.said) };
    return stateOf('guardduty', found?.id ?? id.slice(prefix.length), settings);
  },

  async set(clients, place, id, setting, to) {
    const { client, sdk } = await guardDutyOf(clients, place);
    const found = await detectorOf(clients, place, id);
    if (setting === 'on' && found) {
      const of = { DetectorId: found.id, Enable: to === true };
      await client.send(new sdk.UpdateDetectorCommand(of));
    } else if (setting === 'shape' && to === null) {
      if (found) await client.send(new sdk.DeleteDetectorCommand({ DetectorId: found.id }));
    } else if (setting === 'shape') {
      const words = wordsOf<Omit<CreateDetectorRequest, 'Enable'>>(to);
      if (!found) await client.send(new sdk.CreateDetectorCommand({ ...words, Enable: true }));
    } else throw new TerminalError(`${id} has no setting ${setting}`);
  },

  shapeBefore: (before, id) => detectorBefore(before, id.slice(prefix.length)),

  list: allDetectors,

  hints: { detector: async (_, __, id) => [`${prefix}${id}`] },
};

async function* allDetectors(clients: Clients, place: Place): AsyncIterable<string[]> {
  const { client, sdk } = await guardDutyOf(clients, place);
  let NextToken: string | undefined;
  do {
    const page = await client.send(new sdk.ListDetectorsCommand({ MaxResults: 50, NextToken }));
    yield (page.DetectorIds ?? []).map((one) => `${prefix}${one}`);
    NextToken = page.NextToken || undefined;
  } while (NextToken);
}

/** The detector; of a deleted one, the one that stands in its place, since a region has one at most. */
async function detectorOf(clients: Clients, place: Place, id: string) {
  const { client, sdk } = await guardDutyOf(clients, place);
  const DetectorId = id.slice(prefix.length);
  const said = await orNull(client.send(new sdk.GetDetectorCommand({ DetectorId })), absent);
  if (said) return { id: DetectorId, said };
  for await (const [other] of allDetectors(clients, place)) {
    const successor = other?.slice(prefix.length);
    if (successor === undefined) continue;
    const now = await orNull(client.send(new sdk.GetDetectorCommand({ DetectorId: successor })), absent);
    if (now) return { id: successor, said: now };
  }
  return null;
}

function shape({ FindingPublishingFrequency, Features = [], Tags = {} }: GetDetectorResponse) {
  // The features say what the older data sources say, and more; both together are refused.
  const features = Features.filter((one) => one.Name && !always.test(one.Name)).map(
    ({ Name, Status, AdditionalConfiguration = [] }) => ({
      Name,
      Status,
      AdditionalConfiguration: AdditionalConfiguration.map((more) => ({
        Name: more.Name,
        Status: more.Status,
      })),
    }),
  );
  return shapeOf({ FindingPublishingFrequency, Features: features, Tags });
}

/** What every detector does, and nobody can ask for. */
const always = /^(CLOUD_TRAIL|DNS_LOGS|FLOW_LOGS)$/;
