/**
 * Holds `src/` to the table of rooms in docs/design.md: imports go down only, a room is entered through its index.ts,
 * and only the command line touches `node:*`.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const rooms: Record<string, readonly string[]> = {
  base: [],
  linalg: ['base'],
  'linalg/kernels': ['base', 'linalg'],
  'linalg/spectral': ['base', 'linalg', 'linalg/kernels'],
  data: ['base', 'linalg'],
  losses: ['base', 'linalg'],
  penalties: ['base', 'linalg'],
  arrangements: ['base', 'linalg', 'linalg/kernels'],
  networks: ['base', 'linalg', 'data'],
  programs: ['base', 'linalg', 'linalg/kernels', 'losses', 'penalties', 'arrangements', 'networks'],
  certificates: [
    'base',
    'linalg',
    'linalg/kernels',
    'linalg/spectral',
    'losses',
    'penalties',
    'arrangements',
    'networks',
    'programs',
  ],
  solvers: [
    'base',
    'linalg',
    'linalg/kernels',
    'losses',
    'penalties',
    'arrangements',
    'networks',
    'programs',
    'certificates',
  ],
  path: [
    'base',
    'linalg',
    'linalg/kernels',
    'losses',
    'penalties',
    'arrangements',
    'networks',
    'programs',
    'certificates',
    'solvers',
  ],
  'optimal-set': ['base', 'linalg', 'linalg/kernels', 'losses', 'arrangements', 'networks', 'programs', 'certificates'],
  parallel: [
    'base',
    'linalg',
    'linalg/kernels',
    'data',
    'losses',
    'arrangements',
    'networks',
    'programs',
    'certificates',
    'path',
    'model',
    'estimators',
  ],
  model: ['base', 'linalg', 'data', 'losses', 'networks', 'certificates'],
  estimators: [
    'base',
    'linalg',
    'linalg/kernels',
    'data',
    'losses',
    'penalties',
    'arrangements',
    'networks',
    'programs',
    'certificates',
    'solvers',
    'path',
    'optimal-set',
    'model',
  ],
  deep: ['base', 'linalg', 'data', 'networks'],
  report: ['base'],
  cli: ['base', '', 'optimal-set', 'report', 'deep', 'parallel'],
};

const src = resolve(import.meta.dirname, '../src');
const problems: string[] = [];

function roomOf(file: string): string {
  const parts = relative(src, file).split('/');
  if (parts.length === 1) return '';
  const inner = parts[0] === 'linalg' && (parts[1] === 'kernels' || parts[1] === 'spectral');
  return inner ? `linalg/${parts[1]}` : parts[0];
}

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== 'assembly') yield* sources(path);
    } else if (name.endsWith('.ts')) yield path;
  }
}

for (const file of sources(src)) {
  const room = roomOf(file);
  const name = relative(src, file);
  if (room !== '' && !(room in rooms)) problems.push(`${name}: room '${room}' is not in the table`);
  for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
    if (target.startsWith('node:') && room !== 'cli') problems.push(`${name}: imports ${target}; only src/cli may`);
    if (!target.startsWith('.')) continue;
    const path = resolve(dirname(file), target);
    const other = roomOf(path);
    if (other === room) continue;
    if (room !== '' && !rooms[room]?.includes(other)) problems.push(`${name}: '${room}' may not import '${other}'`);
    if (!/\/index\.js$/.test(target)) problems.push(`${name}: enter '${other}' through its index (${target})`);
  }
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('imports: every room keeps to the table');
