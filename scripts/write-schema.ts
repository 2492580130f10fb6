/** Writes schema/*.schema.json from the schemas that `readModel` and `readPath` check; tests hold the files to them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { modelJsonSchema, pathJsonSchema } from '../src/model/index.js';

const folder = resolve(import.meta.dirname, '../schema');
mkdirSync(folder, { recursive: true });
for (const [name, schema] of Object.entries({ model: modelJsonSchema(), path: pathJsonSchema() })) {
  writeFileSync(resolve(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
  console.log(`schema/${name}.schema.json written`);
}
