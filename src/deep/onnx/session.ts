import { RelucentError } from '../../base/index.js';
import type { Node } from '../ir/node.js';
import { type Shape, sizeOf } from '../ir/shape.js';
import { blockOf, probeModel } from './blocked.js';
import { emitOnnx } from './emit.js';
import type { Precision } from './model.js';

/** The little of ONNX Runtime's JavaScript interface that is used; onnxruntime-node and -web both offer it. */
export interface Runtime {
  readonly InferenceSession: {
    create(bytes: Uint8Array, options: object): Promise<RuntimeSession>;
  };
  /** Of the native package alone. */
  readonly listSupportedBackends?: () => readonly { readonly name: string }[];
  readonly env?: { readonly wasm?: { numThreads?: number } };
  readonly Tensor: new (type: Precision, data: Numbers, dims: readonly number[]) => RuntimeTensor;
}

interface RuntimeTensor {
  readonly data: unknown;
}

interface RuntimeSession {
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches?: Readonly<Record<string, RuntimeTensor>>,
  ): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

/** Row-major numbers of one tensor, in the precision of its graph. */
export type Numbers = Float32Array | Float64Array;

/**
 * What runs the graph: the native package (Node), the WebAssembly one (Node and pages), or WebGPU, through the native package
 * in Node and the other one in pages (float32).
 */
export type Backend = 'native' | 'wasm' | 'webgpu';

export interface SessionOptions {
  /** Default `native` where it is installed, else `wasm`. */
  readonly backend?: Backend;
  /** Threads of one step, ≥ 1. Default 1: the best for layers below some hundred units. */
  readonly threads?: number;
}

/** Where a backend may be found, in this order. */
const packages: { readonly [K in Backend]: readonly string[] } = {
  native: ['onnxruntime-node'],
  wasm: ['onnxruntime-web'],
  webgpu: ['onnxruntime-node', 'onnxruntime-web/webgpu'],
};

const provided = new Map<Backend, Runtime>();

/**
 * Gives the runtime of a backend instead of having it imported by name: for pages and workers, whose bundler then finds it:
 * `import * as ort from 'onnxruntime-web'; provideRuntime('wasm', ort)`.
 */
export function provideRuntime(backend: Backend, runtime: unknown): void {
  provided.set(backend, runtime as Runtime);
}

/** Whether results can be written into arrays that are given: the native package does so, the one for pages does not. */
const writesInPlace = (runtime: Runtime): boolean => runtime.listSupportedBackends !== undefined;

/** A name that bundlers do not follow: the packages are optional. */
async function load(name: string, backend: Backend): Promise<Runtime> {
  const loaded = (await import(/* @vite-ignore */ name)) as Runtime & { default?: Runtime };
  const runtime = loaded.InferenceSession ? loaded : loaded.default!;
  const known = runtime.listSupportedBackends?.();
  if (backend === 'webgpu' && known && !known.some((one) => one.name === 'webgpu')) {
    throw new Error('built without WebGPU');
  }
  return runtime;
}

/** ONNX Runtime, or one line that says how to install it. */
async function runtimeFor(wanted: Backend | undefined): Promise<readonly [Runtime, Backend]> {
  const order: readonly Backend[] = wanted ? [wanted] : [...provided.keys(), 'native', 'wasm'];
  const reasons: string[] = [];
  for (const backend of order) {
    const given = provided.get(backend);
    if (given) return [given, backend];
    for (const name of packages[backend]) {
      try {
        return [await load(name, backend), backend];
      } catch (error) {
        reasons.push(`${name}: ${firstLine(error)}`);
      }
    }
  }
  const names = [...new Set(order.map((backend) => packages[backend][0]))];
  const install = names.map((name) => `npm install ${name}`).join(' or ');
  throw new RelucentError(
    'resource',
    `deep training needs ONNX Runtime, found none (${reasons.join('; ')}); ${install}.`,
  );
}

const firstLine = (error: unknown): string =>
  error instanceof Error ? error.message.trim().split('\n')[0] : String(error);

const blocks = new WeakMap<Runtime, Promise<number>>();

/** Channels per block of this runtime's own convolutions; 0 where it has none (WebAssembly). Asked once. */
function blockFor(runtime: Runtime): Promise<number> {
  const known = blocks.get(runtime) ?? probe(runtime);
  blocks.set(runtime, known);
  return known;
}

async function probe(runtime: Runtime): Promise<number> {
  const session = await runtime.InferenceSession.create(probeModel(), sessionOptions(1)).catch(() => null);
  // A build without these operators refuses the model: then plain convolutions are used.
  if (!session) return 0;
  const x = Float32Array.from({ length: 32 }, (_, i) => i);
  const answer = await session.run({ x: new runtime.Tensor('float32', x, [1, 16, 1, 2]) });
  await session.release();
  return blockOf(answer.y.data as Float32Array);
}

export const newNumbers = (precision: Precision, length: number): Numbers =>
  precision === 'float64' ? new Float64Array(length) : new Float32Array(length);

/**
 * A compiled graph. `run` reads its inputs where they lie and writes into the arrays that it is given: nothing is allocated,
 * and an output may be the next call's input, but never an input of the same call.
 */
export class GraphSession {
  private constructor(
    readonly precision: Precision,
    readonly backend: Backend,
    readonly inputs: ReadonlyMap<string, Shape>,
    readonly outputs: ReadonlyMap<string, Shape>,
    private readonly runtime: Runtime,
    private readonly session: RuntimeSession,
  ) {}

  /** Compiles the named outputs. Throws `resource` where no ONNX Runtime is installed. */
  static async create(
    outputs: Readonly<Record<string, Node>>,
    precision: Precision,
    { backend, threads = 1 }: SessionOptions = {},
  ): Promise<GraphSession> {
    if (backend === 'webgpu' && precision !== 'float32') {
      throw new RelucentError(
        'usage',
        `graph session: WebGPU computes in float32, got ${precision}; take native or wasm.`,
      );
    }
    const [runtime, found] = await runtimeFor(backend);
    // Counts before the first session; pages that may not share memory have one thread anyway.
    if (found !== 'native' && runtime.env?.wasm) runtime.env.wasm.numThreads = threads;
    const emitted = emitOnnx(outputs, precision, found === 'native' ? await blockFor(runtime) : 0);
    const { bytes, inputs } = emitted;
    const options = { ...sessionOptions(threads), ...(found === 'webgpu' && { executionProviders: ['webgpu'] }) };
    const session = await compiled(runtime, bytes, options, found);
    const shapes = (entries: Iterable<readonly [string, Node]>): Map<string, Shape> =>
      new Map([...entries].map(([name, { shape }]) => [name, shape]));
    const named = inputs.map((node): [string, Node] => [node.op.kind === 'input' ? node.op.name : '', node]);
    return new GraphSession(precision, found, shapes(named), shapes(Object.entries(emitted.outputs)), runtime, session);
  }

  /** Inputs by name → outputs by name. Arrays in `into` are written in place, other outputs are new. */
  async run(
    feeds: Readonly<Record<string, Numbers>>,
    into: Readonly<Record<string, Numbers>> = {},
  ): Promise<Record<string, Numbers>> {
    const outputs: Record<string, Numbers> = {};
    for (const [name, shape] of this.outputs) outputs[name] = into[name] ?? newNumbers(this.precision, sizeOf(shape));
    const tensors = this.#tensors(feeds, this.inputs);
    if (writesInPlace(this.runtime)) {
      await this.session.run(tensors, this.#tensors(outputs, this.outputs));
      return outputs;
    }
    // The WebAssembly package leaves arrays that it is given as they are.
    const results = await this.session.run(tensors);
    for (const name of Object.keys(outputs)) outputs[name].set(results[name].data as Numbers);
    return outputs;
  }

  #tensors(values: Readonly<Record<string, Numbers>>, shapes: ReadonlyMap<string, Shape>) {
    const tensors: Record<string, RuntimeTensor> = {};
    for (const [name, shape] of shapes) {
      if (values[name]?.length !== sizeOf(shape)) {
        const got = values[name] ? `${values[name].length}` : 'nothing';
        throw new RelucentError('usage', `graph session: expected ${sizeOf(shape)} numbers for '${name}', got ${got}.`);
      }
      tensors[name] = new this.runtime.Tensor(this.precision, values[name], shape);
    }
    return tensors;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

/** A session. Throws `resource` in one line where WebGPU finds nothing to run on. */
async function compiled(
  runtime: Runtime,
  bytes: Uint8Array,
  options: object,
  backend: Backend,
): Promise<RuntimeSession> {
  if (backend !== 'webgpu') return runtime.InferenceSession.create(bytes, options);
  return runtime.InferenceSession.create(bytes, options).catch((cause: unknown) => {
    const words = firstLine(cause);
    const reason = /adapter|gpu/i.test(words) ? 'no adapter was found' : words;
    throw new RelucentError(
      'resource',
      `WebGPU: ${reason}; install a Vulkan, Metal or Direct3D 12 driver, or take the backend native or wasm.`,
      { cause },
    );
  });
}

/** Waiting threads sleep: on a shared machine spinning ones only take time from those that work. */
function sessionOptions(threads: number): object {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  };
}
