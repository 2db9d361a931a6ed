import { TerminalError } from '../../../errors.ts';
import { isAws } from '../errors.ts';
import { orNull } from '../policies/text-holder.ts';
import { configOf } from '../services.ts';
import { type Recorder, stateOf } from './recorder.ts';

const absent = (error: unknown) => isAws(error, 'NoSuchConfigurationRecorderException');
const prefix = 'config-recorder/';

/** AWS Config's recorders; the id is `config-recorder/NAME`. */
export const configuration: Recorder = {
  service: 'config',
  calls: {
    read: ['config:DescribeConfigurationRecorderStatus', 'config:DescribeConfigurationRecorders'],
    write: ['config:StartConfigurationRecorder', 'config:StopConfigurationRecorder'],
  },
  owns: (id) => id.startsWith(prefix),

  async read(clients, place, id) {
    const { client, sdk } = await configOf(clients, place);
    const name = id.slice(prefix.length);
    const command = new sdk.DescribeConfigurationRecorderStatusCommand({
      ConfigurationRecorderNames: [name],
    });
    const said = await orNull(client.send(command), absent);
    const status = said?.ConfigurationRecordersStatus?.[0];
    return stateOf('config', name, status ? { on: status.recording ?? false } : null);
  },

  async set(clients, place, id, setting, to) {
    if (setting !== 'on') throw new TerminalError(`a configuration recorder has no setting ${setting}`);
    const { client, sdk } = await configOf(clients, place);
    const of = { ConfigurationRecorderName: id.slice(prefix.length) };
    if (to === true) await client.send(new sdk.StartConfigurationRecorderCommand(of));
    else await client.send(new sdk.StopConfigurationRecorderCommand(of));
  },

  async *list(clients, place) {
    const { client, sdk } = await configOf(clients, place);
    const said = await client.send(new sdk.DescribeConfigurationRecordersCommand({}));
    yield (said.ConfigurationRecorders ?? []).map((one) => `${prefix}${one.name}`);
  },

  hints: { 'config-recorder': async (_, __, name) => [`${prefix}${name}`] },
};
