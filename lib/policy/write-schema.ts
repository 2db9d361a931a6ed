import { writeFileSync } from 'node:fs';
import { controls } from '../controls/registry.ts';
import { schemaText } from './schema-file.ts';

/** `npm run schema`: the JSON Schema that editors complete snapshut.yml from. */
writeFileSync(new URL('../../snapshut.schema.json', import.meta.url), schemaText(controls));
