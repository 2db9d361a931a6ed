import { keys } from './keys.ts';
import { live } from './live.ts';

/** What the page does beyond links and forms; without it everything still works. */
keys();
live();
