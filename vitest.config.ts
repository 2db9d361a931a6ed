import { defineConfig } from 'vitest/config';
import Order from './test/report/order.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/report/closing-line.ts'],
    // Engines are started once by the tests that need them; two cores carry no more than this.
    maxWorkers: 2,
    sequence: { sequencer: Order },
    testTimeout: 120_000,
    // Engines on a busy machine lose a race now and then; a build tries such a test once more and shows that it did.
    retry: process.env.CI ? 1 : 0,
    hookTimeout: 240_000,
  },
});
