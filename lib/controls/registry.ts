import type { Control } from './control.ts';

/** Every control, one line each. */
export const controls: readonly Control[] = [];
