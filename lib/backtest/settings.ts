import type { Reducer, Step } from './deed.ts';

/** The defaults of a region. */
export const regionReducers: { [name: string]: Reducer } = {
  EnableEbsEncryptionByDefault: ({ account }) => byDefault(account, true),
  DisableEbsEncryptionByDefault: ({ account }) => byDefault(account, false),
};

function byDefault(id: string, isOn: boolean) {
  const step: Step = { do: 'set', part: 'settings', values: { ebsEncryptionByDefault: isOn } };
  return [{ kind: 'account' as const, id, step }];
}
