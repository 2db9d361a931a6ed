import { defineConfig } from 'vitest/config';
import Order from './test/report/order.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/report/closing-line.ts'],
    // Two cores carry three: half of the time of a test with an engine is waiting.
    maxWorkers: 3,
    sequence: { sequencer: Order },
    testTimeout: 120_000,
    // Engines on a busy machine lose a race now and then; a build tries such a test once more and shows that it did.
    retry: process.env.CI ? 1 : 0,
    hookTimeout: 240_000,
  },
});
