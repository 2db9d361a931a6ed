import { label } from './inert.ts';
import { exemptDays, type Private, reasonMax } from './interaction.ts';

/** The dialog that asks how long and why. https://docs.slack.dev/surfaces/modals */
export function exemptDialog(about: Private): object {
  const plain = (text: string) => ({ type: 'plain_text', text, emoji: false });
  const option = (days: string) => ({ text: plain(days === '1' ? '1 day' : `${days} days`), value: days });
  return {
    type: 'modal',
    callback_id: 'exempt',
    private_metadata: JSON.stringify(about),
    title: plain('Leave it as it is'),
    submit: plain('Exempt'),
    close: plain('Cancel'),
    blocks: [
      {
        type: 'section',
        text: plain(label(`Case ${about.caseId}: what is open stays open until then.`, 300)),
      },
      {
        type: 'input',
        block_id: 'days',
        label: plain('For how long'),
        element: {
          type: 'radio_buttons',
          action_id: 'days',
          options: exemptDays.map(option),
          initial_option: option('1'),
        },
      },
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Why'),
        element: { type: 'plain_text_input', action_id: 'reason', max_length: reasonMax },
      },
    ],
  };
}
