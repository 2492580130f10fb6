/** Writes schema/model.schema.json from the schema that `readModel` checks; a test holds the file to it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { modelJsonSchema } from '../src/model/index.js';

const folder = resolve(import.meta.dirname, '../schema');
mkdirSync(folder, { recursive: true });
writeFileSync(resolve(folder, 'model.schema.json'), `${JSON.stringify(modelJsonSchema(), null, 2)}\n`);
console.log('schema/model.schema.json written');
