import { useRef } from 'preact/hooks';
import { type Choices, losses } from '../core/choices.js';
import { axisNames, datasetOf, none, pointsOf } from '../core/dataset.js';
import { builtIns, tableOfSet } from '../core/sets.js';
import { classColours } from '../draw/colours.js';
import { extentOf, linear } from '../draw/scale.js';
import { readFile } from './app.js';
import { RaceControls } from './luck.js';
import { SetControls } from './optimal.js';
import { studio, use, useChoice } from './studio.js';

/** The networks there are; whoever adds an architecture adds a row here and in `networks`. */
const architectures: readonly { readonly name: Choices['network']; readonly title: string; readonly says: string }[] = [
  { name: 'relu', title: 'ReLU', says: 'two layers, max(0, u·x)' },
  { name: 'gated', title: 'Gated', says: 'two layers, random gates that decide when a neuron is on' },
  {
    name: 'three',
    title: '3 layers',
    says: 'three layers under weight decay: sub-networks of two neurons, as many as it takes',
  },
  { name: 'path', title: 'Path norm', says: 'the same three layers, path-regularised' },
];

const lossTitles: Readonly<Record<(typeof losses)[number], string>> = {
  auto: 'usual for the target',
  squared: 'squared',
  huber: 'Huber',
  logistic: 'logistic',
  'squared-hinge': 'squared hinge',
};

export function Controls() {
  const tab = useChoice('tab');
  return (
    <aside class="controls" aria-label="Data and network">
      <Data />
      <NetworkChoice />
      {tab === 'luck' && <RaceControls />}
      {tab === 'set' && <SetControls />}
    </aside>
  );
}

function Data() {
  const set = useChoice('set');
  return (
    <section>
      <h2>Data</h2>
      <div class="sets" role="group" aria-label="Built-in sets">
        {builtIns.map(({ name, title }) => (
          <button
            type="button"
            key={name}
            class="set"
            title={title}
            aria-pressed={set === name}
            onClick={() => studio.chooseSet(name)}
          >
            <Thumbnail name={name} />
            <span>{title}</span>
          </button>
        ))}
        <Own chosen={set === 'own'} />
      </div>
      {set === 'own' ? <Roles /> : <Knobs />}
    </section>
  );
}

/** What a set looks like; drawn once. */
const pictures = new Map<string, string>();

function Thumbnail({ name }: { name: (typeof builtIns)[number]['name'] }) {
  if (!pictures.has(name)) pictures.set(name, thumbnail(name));
  return <svg viewBox="0 0 44 30" aria-hidden="true" dangerouslySetInnerHTML={{ __html: pictures.get(name) ?? '' }} />;
}

function thumbnail(name: (typeof builtIns)[number]['name']): string {
  const start = builtIns.find((set) => set.name === name)?.start;
  const dataset = datasetOf(tableOfSet(name, { n: 70, noise: 0.7 * (start?.noise ?? 0), seed: 0 }), {
    target: '',
    x: '',
    y: '',
    along: false,
  });
  const points = pointsOf(dataset);
  const upward = dataset.axes.length === 1;
  const height = (p: (typeof points)[number]): number => (upward ? p.value : p.y);
  const x = linear(extentOf(points.map((p) => p.x)), [2, 42]);
  const y = linear(extentOf(points.map(height)), [29, 1]);
  return points
    .map((p) => {
      const colour =
        dataset.task === 'classification'
          ? classColours[p.value]
          : upward
            ? 'currentColor'
            : classColours[p.value > 0 ? 1 : 0];
      return `<circle cx="${x(p.x).toFixed(1)}" cy="${y(height(p)).toFixed(1)}" r="1.3" fill="${colour}"/>`;
    })
    .join('');
}

function Own({ chosen }: { chosen: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class="set own"
        aria-pressed={chosen}
        title="Open a CSV, or drop or paste one anywhere"
        onClick={() => input.current?.click()}
      >
        <svg viewBox="0 0 44 30" aria-hidden="true">
          <path d="M22 8v14M15 15h14" stroke="currentColor" stroke-width="1.6" />
        </svg>
        <span>Your CSV</span>
      </button>
      <input
        ref={input}
        type="file"
        class="hidden"
        tabIndex={-1}
        aria-label="CSV file"
        accept=".csv,.tsv,.txt,.parquet,.npy,.npz"
        onChange={({ currentTarget }) => {
          const file = currentTarget.files?.[0];
          currentTarget.value = '';
          if (file) void readFile(file);
        }}
      />
    </>
  );
}

export function Slider(props: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  shown?: string;
  onInput: (value: number) => void;
}) {
  const { label, value, min, max, step, shown, onInput } = props;
  return (
    <label class="slider">
      <span>{label}</span>
      <output>{shown ?? value}</output>
      <input
        type="range"
        aria-label={label}
        min={min}
        max={max}
        step={step}
        value={value}
        onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
      />
    </label>
  );
}

function Knobs() {
  const [n, noise, seed] = [useChoice('n'), useChoice('noise'), useChoice('seed')];
  return (
    <>
      <Slider label="Points" value={n} min={4} max={400} step={4} onInput={(value) => studio.choose({ n: value })} />
      <Slider
        label="Noise"
        value={noise}
        min={0}
        max={0.5}
        step={0.01}
        onInput={(value) => studio.choose({ noise: value })}
      />
      <button type="button" class="plain" onClick={() => studio.choose({ seed: seed + 1 })}>
        Draw again <small>seed {seed}</small>
      </button>
    </>
  );
}

/** Which column is what. */
function Roles() {
  const dataset = use((state) => state.dataset);
  if (dataset === null) return null;
  const { table, target, axes } = dataset;
  const numeric = axisNames(table, target);
  const pick = (label: string, value: string, options: readonly string[], key: 'target' | 'x' | 'y') => (
    <label class="pick">
      <span>{label}</span>
      <select
        aria-label={label}
        value={value}
        onChange={({ currentTarget }) => studio.choose({ [key]: currentTarget.value })}
      >
        {options.map((name) => (
          <option key={name} value={name}>
            {name === none ? 'none' : name}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <p class="source" title={table.source}>
        {table.source}: {table.rowCount} rows, {table.columns.length} columns
      </p>
      {pick(
        'Predict',
        target,
        table.columns.map(({ name }) => name),
        'target',
      )}
      {pick('Across', axes[0], numeric, 'x')}
      {pick('Up', axes[1] ?? none, [none, ...numeric.filter((name) => name !== axes[0])], 'y')}
      <Along />
    </>
  );
}

function Along() {
  const along = useChoice('along');
  const choice = (value: boolean, title: string) => (
    <button type="button" aria-pressed={along === value} onClick={() => studio.choose({ along: value })}>
      {title}
    </button>
  );
  return (
    <div class="segmented" role="group" aria-label="Columns that train">
      {choice(false, 'These columns')}
      {choice(true, 'All, averaged')}
    </div>
  );
}

function NetworkChoice() {
  const [network, loss, lines, duals, points] = [
    useChoice('network'),
    useChoice('loss'),
    useChoice('lines'),
    useChoice('duals'),
    useChoice('points'),
  ];
  const regression = use((state) => state.dataset?.task === 'regression');
  const possible = losses.filter(
    (name) => name === 'auto' || (regression ? name === 'squared' || name === 'huber' : true),
  );
  const box = (label: string, key: 'lines' | 'duals' | 'points', value: boolean) => (
    <label class="check">
      <input
        type="checkbox"
        checked={value}
        onChange={({ currentTarget }) => studio.choose({ [key]: currentTarget.checked })}
      />
      {label}
    </label>
  );
  return (
    <section>
      <h2>Network</h2>
      <div class="segmented four" role="group" aria-label="Architecture">
        {architectures.map(({ name, title, says }) => (
          <button
            type="button"
            key={name}
            title={says}
            aria-pressed={network === name}
            onClick={() => studio.choose({ network: name })}
          >
            {title}
          </button>
        ))}
      </div>
      <label class="pick">
        <span>Loss</span>
        <select
          aria-label="Loss"
          value={loss}
          onChange={({ currentTarget }) => studio.choose({ loss: currentTarget.value as Choices['loss'] })}
        >
          {possible.map((name) => (
            <option key={name} value={name}>
              {lossTitles[name]}
            </option>
          ))}
        </select>
      </label>
      <h2>Show</h2>
      <div class="checks">
        {box('Hyperplanes and cells', 'lines', lines)}
        {box('Dual variables', 'duals', duals)}
        {box('Points', 'points', points)}
      </div>
    </section>
  );
}
