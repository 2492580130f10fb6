import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DrawnData, reportFigures } from '../report/index.js';
import { fileError } from './errors.js';
import { Output } from './files.js';
import { toPng } from './png.js';
import { requireFolderToMake } from './run-folder.js';

/** The folder of --figures, checked before the work starts. */
export async function requireFigures(folder: string | undefined): Promise<void> {
  if (folder !== undefined) await requireFolderToMake(folder, '--figures');
}

/** Writes every figure that the data has, each as SVG and as PNG, into the folder. Gives its names: `path`, `gap`, …. */
export async function writeFigures(folder: string, data: DrawnData): Promise<string[]> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(folder, error);
  });
  const figures = reportFigures(data);
  for (const [name, svg] of figures) {
    await (await Output.prepare(join(folder, `${name}.svg`))).write(svg);
    await (await Output.prepare(join(folder, `${name}.png`))).write(toPng(svg));
  }
  return [...figures.keys()];
}

/** `figs (path, gap; each .svg and .png)`. */
export const figureWords = (folder: string, names: readonly string[]): string =>
  `${folder} (${names.join(', ')}; each .svg and .png)`;
