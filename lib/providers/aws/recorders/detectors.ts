import { TerminalError } from '../../../errors.ts';
import { isAws } from '../errors.ts';
import { orNull } from '../policies/text-holder.ts';
import { guardDutyOf } from '../services.ts';
import { type Recorder, stateOf } from './recorder.ts';

// GuardDuty says this of a detector that does not exist.
const absent = (error: unknown) => isAws(error, 'BadRequestException', 'ResourceNotFoundException');
const prefix = 'detector/';

/** GuardDuty's detectors; the id is `detector/ID`. */
export const detectors: Recorder = {
  service: 'guardduty',
  calls: { read: ['guardduty:GetDetector', 'guardduty:ListDetectors'], write: ['guardduty:UpdateDetector'] },
  owns: (id) => id.startsWith(prefix),

  async read(clients, place, id) {
    const { client, sdk } = await guardDutyOf(clients, place);
    const DetectorId = id.slice(prefix.length);
    const said = await orNull(client.send(new sdk.GetDetectorCommand({ DetectorId })), absent);
    return stateOf('guardduty', DetectorId, said ? { on: said.Status === 'ENABLED' } : null);
  },

  async set(clients, place, id, setting, to) {
    if (setting !== 'on') throw new TerminalError(`a detector has no setting ${setting}`);
    const { client, sdk } = await guardDutyOf(clients, place);
    const of = { DetectorId: id.slice(prefix.length), Enable: to === true };
    await client.send(new sdk.UpdateDetectorCommand(of));
  },

  async *list(clients, place) {
    const { client, sdk } = await guardDutyOf(clients, place);
    let NextToken: string | undefined;
    do {
      const page = await client.send(new sdk.ListDetectorsCommand({ MaxResults: 50, NextToken }));
      yield (page.DetectorIds ?? []).map((one) => `${prefix}${one}`);
      NextToken = page.NextToken || undefined;
    } while (NextToken);
  },

  hints: { detector: async (_, __, id) => [`${prefix}${id}`] },
};
