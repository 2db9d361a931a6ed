import { writeFileSync } from 'node:fs';
import { templates } from './templates.ts';

for (const [file, text] of Object.entries(templates())) writeFileSync(file, text);
