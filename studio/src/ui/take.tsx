import { useState } from 'preact/hooks';
import type { MapData } from 'relucent/report';
import { regularizerOf } from '../core/choices.js';
import { commandOf, fileOf, scriptOf } from '../core/code.js';
import { csvOf, type Dataset, type Point } from '../core/dataset.js';
import { gridValues } from '../draw/raster.js';
import { extentOf } from '../draw/scale.js';
import { lineOf, type View, valueAt } from '../draw/view.js';
import type { File, Taken } from '../solver/protocol.js';
import { Proof } from './proof.js';
import { heightOf, placesOf } from './stage-curve.js';
import { studio, use, viewOfState } from './studio.js';

/** Each file, what it is for, and how it is made. */
const files: readonly { readonly name: string; readonly says: string; readonly what: Taken | 'csv' | 'png' }[] = [
  {
    name: 'model.json',
    says: 'the network with its preprocessing and its certificate; relucent verify, predict, export read it',
    what: 'model',
  },
  { name: 'model.onnx', says: 'for any ONNX runtime, preprocessing included', what: 'onnx' },
  { name: 'model.mjs', says: 'a JavaScript module without dependencies', what: 'js' },
  { name: 'function.svg', says: 'the function as a drawing', what: 'svg' },
  { name: 'function.png', says: 'the same as an image', what: 'png' },
  { name: 'report.html', says: 'one page with all that is known about the network', what: 'report' },
  { name: 'data.csv', says: 'the points, to the last digit', what: 'csv' },
];

export function Take() {
  const dataset = use((state) => state.dataset);
  const choices = use((state) => state.choices);
  const ready = use((state) => state.fresh && state.fitted !== null);
  const parallel = use((state) => (state.fresh ? state.parallel : null));
  return (
    <>
      <div class="middle take-middle">
        <section aria-label="Files">
          <h2>Files</h2>
          <ul class="files">
            {files.map(({ name, says, what }) => (
              <li key={name}>
                <button
                  type="button"
                  class="file"
                  disabled={!(ready || (parallel && (what === 'model' || what === 'csv')))}
                  onClick={() => void download(what)}
                >
                  {name}
                </button>
                <span>{says}</span>
              </li>
            ))}
          </ul>
        </section>
        {dataset && (
          <section class="code" aria-label="The same from code">
            {regularizerOf(choices.network) === null && (
              <>
                <h2>The same network, from the command line</h2>
                <Code text={commandOf(dataset, choices)} name="command" />
              </>
            )}
            <h2>From TypeScript</h2>
            <Code text={scriptOf(dataset, choices)} name="script" />
            <p class="quiet">The code reads {fileOf(dataset)}: the points of this screen, saved by data.csv above.</p>
          </section>
        )}
      </div>
      <div class="side">
        <Proof />
      </div>
    </>
  );
}

function Code({ text, name }: { text: string; name: string }) {
  const [said, setSaid] = useState('Copy');
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text).then(
      () => setSaid('Copied'),
      () => setSaid('Select and copy'),
    );
    setTimeout(() => setSaid('Copy'), 1500);
  };
  return (
    <div class="code-place">
      <pre tabIndex={0} role="region" aria-label={name} data-code={name}>
        {text}
      </pre>
      <button type="button" class="copy" aria-label={`Copy the ${name}`} onClick={() => void copy()}>
        {said}
      </button>
    </div>
  );
}

async function download(what: Taken | 'csv' | 'png'): Promise<void> {
  const { dataset, fitted, parallel, choices, points } = studio.state;
  const view = viewOfState(studio.state);
  const encoder = new TextEncoder();
  if (!dataset || !view) return;
  try {
    if (what === 'csv')
      return save({ name: fileOf(dataset), type: 'text/csv', bytes: encoder.encode(csvOf(dataset.table)) });
    if (parallel) return save({ name: 'model.json', type: 'application/json', bytes: encoder.encode(parallel.json) });
    if (!fitted) return;
    const map = mapOf(view, dataset, points);
    const commands = [commandOf(dataset, choices).replaceAll(' \\\n  ', ' ')];
    const ask = { what: what === 'png' ? ('svg' as const) : what, fitted, table: dataset.table, map, commands };
    const file = await studio.solver.call('take', 'take', ask);
    save(what === 'png' ? await asPng(file) : file);
  } catch (error) {
    studio.say('error', `The file could not be made: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function save({ name, type, bytes }: File): void {
  const address = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function asPng({ bytes }: File): Promise<File> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: 'image/svg+xml' }));
  await image.decode();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
  if (blob === null) throw new Error('this browser cannot write PNG; take the SVG.');
  return { name: 'function.png', type: 'image/png', bytes: new Uint8Array(await blob.arrayBuffer()) };
}

/** What is drawn, as the figures of the package take it. */
function mapOf(view: View, { axes, target, task, classes }: Dataset, points: readonly Point[]): MapData {
  const x = extentOf(
    points.map((p) => p.x),
    0.04,
  );
  if (axes.length === 1) {
    const height = heightOf(task);
    return {
      kind: 'curve',
      input: axes[0],
      output: task === 'regression' ? target : `score (points: ${classes[1]} at the top)`,
      curve: placesOf(view, x).map((at) => ({ x: at, y: valueAt(view, at) })),
      points: points.map((p) => ({ x: p.x, y: height(p), test: false })),
      kinks: view.neurons.map((neuron) => {
        const [a, , c] = lineOf(neuron);
        return -c / a;
      }),
    };
  }
  const y = extentOf(
    points.map((p) => p.y),
    0.04,
  );
  const count = 90;
  const grid = { cols: count, rows: count, x, y };
  const values = gridValues(view, grid);
  const multi = values.length > 1;
  return {
    kind: 'plane',
    inputs: [axes[0], axes[1]],
    x,
    y,
    size: [count, count],
    values: multi
      ? values[0].map((_, k) => values.reduce((best, v, c) => (v[k] > values[best][k] ? c : best), 0))
      : values[0],
    holds: task === 'regression' ? 'value' : multi ? 'class' : 'score',
    output: target,
    classes,
    points: points.map((p) => ({ x: p.x, y: p.y, group: task === 'classification' ? p.value : 0 })),
    lines: view.neurons.map(lineOf),
  };
}
