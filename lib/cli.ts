#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Compiled once, kept by Node itself: a command then starts in half the time.
enableCompileCache();
const { run } = await import('./commands/program.ts');
process.exitCode = await run(process.argv);
