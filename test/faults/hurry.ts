/**
 * Waiting is no part of what is tested: whoever waits in this process (an SDK before it tries again, a lease that is held)
 * waits a fiftieth. Whoever gives up after a while (five seconds and more) keeps its patience. Answers the way back.
 */
export function hurry(): () => void {
  const slow = globalThis.setTimeout;
  globalThis.setTimeout = new Proxy(slow, {
    apply: (target, self, [work, ms = 0, ...args]) =>
      Reflect.apply(target, self, [work, ms < 5_000 ? ms / 50 : ms, ...args]),
  });
  return () => {
    globalThis.setTimeout = slow;
  };
}
