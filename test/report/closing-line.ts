import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with the one line that build servers of any kind read: `N passed, N failed, N skipped`. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    for (const module of modules) {
      let failed = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') count.passed += 1;
        else if (state === 'failed') failed += 1;
        else count.skipped += 1;
      }
      // A file that could not be loaded, or whose hooks failed, fails without a failed test.
      count.failed += module.state() === 'failed' ? Math.max(failed, 1) : failed;
    }
    const failed = count.failed + errors.length;
    process.stdout.write(`\n${count.passed} passed, ${failed} failed, ${count.skipped} skipped\n`);
  }
}
