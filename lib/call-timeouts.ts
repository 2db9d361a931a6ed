/**
 * How long a call of the AWS SDK waits for its connection, for an answer, and between two pieces of one. Left out, the
 * SDK waits for ever, and a connection that died silently would hold its resource's lease with it. Tried five times,
 * it still ends within that lease.
 * https://docs.aws.amazon.com/sdk-for-javascript/v3/developer-guide/node-configuring-maxsockets.html
 */
export const callTimeouts = {
  connectionTimeout: 5_000,
  requestTimeout: 15_000,
  socketTimeout: 15_000,
  throwOnRequestTimeout: true,
} as const;

/**
 * A queue without messages answers only when its wait is over, which is at most 20 seconds.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
 */
export const longPollTimeouts = { ...callTimeouts, requestTimeout: 35_000, socketTimeout: 35_000 } as const;
