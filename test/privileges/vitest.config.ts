import { defineConfig, mergeConfig } from 'vitest/config';
import main from '../../vitest.config.ts';

export default mergeConfig(
  main,
  defineConfig({ test: { setupFiles: ['test/privileges/sent.ts'], maxWorkers: 1 } }),
);
