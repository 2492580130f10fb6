import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Fence } from './fences.js';

const root = resolve(import.meta.dirname, '../..');
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

export interface Outcome {
  readonly code: number;
  /** What was printed, errors after the rest. */
  readonly output: string;
}

/**
 * A folder where a document's code runs, as its reader would run it after cloning: data/ is there, `relucent` and
 * `npx relucent` are the built command, 'relucent' in TypeScript is the source. What one block writes the next one finds.
 */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'relucent-readme-'));

  constructor() {
    cpSync(join(root, 'data'), join(this.folder, 'data'), { recursive: true });
    this.#command('relucent', `exec node '${join(root, 'dist/cli/main.js')}' "$@"`);
    this.#command('npx', `[ "$1" = relucent ] && shift && exec relucent "$@"\necho "npx $1: not here" >&2\nexit 127`);
    const paths = {
      relucent: [join(root, 'src/index.ts')],
      'relucent/report': [join(root, 'src/report/index.ts')],
    };
    writeFileSync(join(this.folder, 'package.json'), '{ "type": "module", "private": true }');
    writeFileSync(join(this.folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { paths } }));
  }

  /** Runs a block: a shell script that stops at its first error, or a TypeScript module. */
  run({ language, code, line }: Fence): Promise<Outcome> {
    if (language === 'sh') return this.#start('bash', ['-euo', 'pipefail', '-c', code]);
    const file = join(this.folder, `line-${line}.ts`);
    writeFileSync(file, code);
    return this.#start(process.execPath, ['--import', loader, file]);
  }

  /** The complaints of the compiler about TypeScript blocks, against the built declarations. */
  async typeErrors(fences: readonly Fence[]): Promise<string> {
    const folder = join(this.folder, 'typed');
    mkdirSync(folder);
    for (const { code, line } of fences) writeFileSync(join(folder, `line-${line}.ts`), code);
    const paths = {
      relucent: [join(root, 'dist/index.d.ts')],
      'relucent/report': [join(root, 'dist/report/index.d.ts')],
    };
    const options = { target: 'ES2022', module: 'NodeNext', strict: true, noEmit: true, skipLibCheck: true };
    const types = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')], moduleDetection: 'force' };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...options, ...types, paths } }));
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    return (await this.#start(process.execPath, [compiler, '-p', folder])).output;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  #command(name: string, body: string): void {
    mkdirSync(join(this.folder, '.bin'), { recursive: true });
    const file = join(this.folder, '.bin', name);
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
  }

  #start(command: string, args: readonly string[]): Promise<Outcome> {
    const path = join(this.folder, '.bin') + delimiter + process.env.PATH;
    const env = { ...process.env, PATH: path, NO_COLOR: '1', TSX_TSCONFIG_PATH: join(this.folder, 'tsconfig.json') };
    return new Promise((done) => {
      const child = execFile(command, args, { cwd: this.folder, env }, (error, stdout, stderr) => {
        done({ code: error === null ? 0 : (child.exitCode ?? 1), output: stdout + stderr });
      });
      child.stdin?.end();
    });
  }
}
