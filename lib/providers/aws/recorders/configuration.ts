import type { ConfigurationRecorder, DeliveryChannel } from '@aws-sdk/client-config-service';
import { TerminalError } from '../../../errors.ts';
import type { Json } from '../../../model.ts';
import type { Clients, Place } from '../clients.ts';
import { isAws, orNull } from '../errors.ts';
import { configOf } from '../services.ts';
import { recorderBefore } from './from-config.ts';
import { type Recorder, shapeOf, stateOf, wordsOf } from './recorder.ts';

const absent = (error: unknown) => isAws(error, 'NoSuchConfigurationRecorderException');
const prefix = 'config-recorder/';

interface RecorderShape {
  recorder: ConfigurationRecorder;
  channel: DeliveryChannel | null;
}

/** AWS Config's recorders; the id is `config-recorder/NAME`. */
export const configuration: Recorder = {
  service: 'config',
  calls: {
    read: [
      'config:DescribeConfigurationRecorderStatus',
      'config:DescribeConfigurationRecorders',
      'config:DescribeDeliveryChannels',
    ],
    write: [
      'config:StartConfigurationRecorder',
      'config:StopConfigurationRecorder',
      'config:PutConfigurationRecorder',
      'config:PutDeliveryChannel',
      'config:DeleteConfigurationRecorder',
      'iam:PassRole',
    ],
  },
  owns: (id) => id.startsWith(prefix),

  async read(clients, place, id) {
    const { client, sdk } = await configOf(clients, place);
    const name = id.slice(prefix.length);
    const of = { ConfigurationRecorderNames: [name] };
    const [said, about, channels] = await Promise.all([
      orNull(client.send(new sdk.DescribeConfigurationRecorderStatusCommand(of)), absent),
      orNull(client.send(new sdk.DescribeConfigurationRecordersCommand(of)), absent),
      client.send(new sdk.DescribeDeliveryChannelsCommand({})),
    ]);
    const status = said?.ConfigurationRecordersStatus?.[0];
    const recorder = about?.ConfigurationRecorders?.[0];
    if (!status || !recorder) return stateOf('config', name, null);
    const channel = channels.DeliveryChannels?.[0] ?? null;
    const { arn: _, ...made } = recorder;
    return stateOf('config', name, {
      on: status.recording ?? false,
      shape: shapeOf({ recorder: made, channel }),
    });
  },

  async set(clients, place, id, setting, to) {
    const { client, sdk } = await configOf(clients, place);
    const of = { ConfigurationRecorderName: id.slice(prefix.length) };
    if (setting === 'on' && to === true) await client.send(new sdk.StartConfigurationRecorderCommand(of));
    else if (setting === 'on') await client.send(new sdk.StopConfigurationRecorderCommand(of));
    else if (setting === 'shape' && to === null)
      await orNull(client.send(new sdk.DeleteConfigurationRecorderCommand(of)), absent);
    else if (setting === 'shape') await make(clients, place, to);
    else throw new TerminalError(`a configuration recorder has no setting ${setting}`);
  },

  shapeBefore: (before, id) => recorderBefore(before, id.slice(prefix.length)),

  async *list(clients, place) {
    const { client, sdk } = await configOf(clients, place);
    const said = await client.send(new sdk.DescribeConfigurationRecordersCommand({}));
    yield (said.ConfigurationRecorders ?? []).map((one) => `${prefix}${one.name}`);
  },

  hints: { 'config-recorder': async (_, __, name) => [`${prefix}${name}`] },
};

/** A recorder needs a channel to deliver by; one that is there stays as it is. */
async function make(clients: Clients, place: Place, shape: Json): Promise<void> {
  const { client, sdk } = await configOf(clients, place);
  const { recorder, channel } = wordsOf<RecorderShape>(shape);
  await client.send(new sdk.PutConfigurationRecorderCommand({ ConfigurationRecorder: recorder }));
  const { DeliveryChannels = [] } = await client.send(new sdk.DescribeDeliveryChannelsCommand({}));
  if (channel && DeliveryChannels.length === 0)
    await client.send(new sdk.PutDeliveryChannelCommand({ DeliveryChannel: channel }));
  const of = { ConfigurationRecorderName: recorder.name };
  await client.send(new sdk.StartConfigurationRecorderCommand(of));
}
