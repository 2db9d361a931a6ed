import type { WebClient } from '@slack/web-api';
import { messageOf, RetryableError, TerminalError } from '../errors.ts';
import type { Block } from './message.ts';

/** Slack's Web API as far as it is used; errors sorted into the two classes. */

export interface Post {
  channel: string;
  text: string;
  blocks?: Block[];
  /** The message in whose thread it goes. */
  thread?: string;
}

export interface SlackOptions {
  token(): Promise<string>;
  /** Instead of `https://slack.com/api/`. */
  apiUrl?: string | undefined;
  timeoutMs?: number;
}

/** https://docs.slack.dev/reference/methods: what trying again can cure. */
const passing =
  /^(ratelimited|rate_limited|internal_error|fatal_error|service_unavailable|request_timeout|accesslimited|team_added_to_org|invalid_auth|not_authed|account_inactive|token_revoked|token_expired|not_in_channel|channel_not_found|is_archived|missing_scope)$/;

export class Slack {
  readonly #options: SlackOptions;
  #made: Promise<WebClient> | null = null;

  constructor(options: SlackOptions) {
    this.#options = options;
  }

  /** Answers the message's own id. https://docs.slack.dev/reference/methods/chat.postMessage */
  async post({ channel, text, blocks, thread }: Post): Promise<string> {
    const body = { channel, text, ...(thread === undefined ? {} : { thread_ts: thread }) };
    const quiet = { unfurl_links: false, unfurl_media: false, parse: 'none' as const, link_names: false };
    const answer = await this.#call('chat.postMessage', { ...body, ...quiet, ...(blocks && { blocks }) });
    const { ts } = answer;
    if (typeof ts !== 'string') throw new RetryableError('Slack named no message');
    return ts;
  }

  /** False where the message is not there any more. https://docs.slack.dev/reference/methods/chat.update */
  async update({ channel, text, blocks }: Post, ts: string): Promise<boolean> {
    const body = { channel, ts, text, parse: 'none', link_names: false, ...(blocks && { blocks }) };
    try {
      await this.#call('chat.update', body);
      return true;
    } catch (error) {
      if (
        error instanceof TerminalError &&
        /message_not_found|cant_update_message|edit_window_closed/.test(error.message)
      )
        return false;
      throw error;
    }
  }

  /** Only this user sees it. https://docs.slack.dev/reference/methods/chat.postEphemeral */
  async whisper(channel: string, user: string, text: string, thread?: string): Promise<void> {
    await this.#call('chat.postEphemeral', { channel, user, text, ...(thread && { thread_ts: thread }) });
  }

  /** Within 3 s of the click that the trigger is of. https://docs.slack.dev/reference/methods/views.open */
  async openView(trigger: string, view: object): Promise<void> {
    await this.#call('views.open', { trigger_id: trigger, view });
  }

  /** https://docs.slack.dev/reference/methods/usergroups.users.list */
  async membersOf(group: string): Promise<string[]> {
    const { users } = await this.#call('usergroups.users.list', { usergroup: group });
    return Array.isArray(users) ? users.filter((one) => typeof one === 'string') : [];
  }

  async #call(method: string, body: Record<string, unknown>): Promise<Record<string, unknown>> {
    this.#made ??= this.#make();
    try {
      const client = await this.#made;
      return { ...(await client.apiCall(method, body)) };
    } catch (error) {
      throw sorted(method, error);
    }
  }

  async #make(): Promise<WebClient> {
    const { apiUrl, timeoutMs = 8_000 } = this.#options;
    try {
      const token = await this.#options.token();
      // As a bundle it has nothing but its default.
      const { LogLevel, WebClient } = (await import('@slack/web-api')).default;
      return new WebClient(token, {
        ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
        // The next housekeeping tries again; a wait in here would hold up everything behind it.
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: timeoutMs,
        logLevel: LogLevel.ERROR,
      });
    } catch (error) {
      // A secret that could not be read now may be there later.
      this.#made = null;
      throw error;
    }
  }
}

/** https://docs.slack.dev/tools/node-slack-sdk/web-api#handle-errors */
function sorted(method: string, error: unknown): Error {
  if (error instanceof RetryableError || error instanceof TerminalError) return error;
  const { code, retryAfter, data } = error as {
    code?: string;
    retryAfter?: number;
    data?: { error?: string };
  };
  if (code === 'slack_webapi_rate_limited_error')
    return new RetryableError(`Slack ${method}: too many calls`, { afterMs: (retryAfter ?? 30) * 1000 });
  const said = data?.error;
  if (said !== undefined && !passing.test(said)) return new TerminalError(`Slack ${method}: ${said}`);
  return new RetryableError(`Slack ${method}: ${said ?? messageOf(error)}`);
}
