/** Writes schema/*.schema.json from the schemas that `readModel`, `readPath` and `readParallelModel` check; tests hold the files to them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { modelJsonSchema, pathJsonSchema } from '../src/model/index.js';
import { parallelJsonSchema } from '../src/parallel/index.js';

const folder = resolve(import.meta.dirname, '../schema');
mkdirSync(folder, { recursive: true });
const schemas = { model: modelJsonSchema(), path: pathJsonSchema(), parallel: parallelJsonSchema() };
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(resolve(folder, `${name}.schema.json`), `${JSON.stringify(schema, null, 2)}\n`);
  console.log(`schema/${name}.schema.json written`);
}
