import { Message } from './message.js';
import { WireError } from './protobuf.js';
import { type OnnxTensor, tensorOf } from './tensor.js';

/** What the reader needs of an ONNX file, as plain data. */
export interface OnnxModel {
  readonly producer: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly OnnxInput[];
  readonly outputs: readonly string[];
}

export interface OnnxInput {
  readonly name: string;
  /** One entry per dimension, null where it is free; null when the file does not say. */
  readonly shape: readonly (number | null)[] | null;
}

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

export interface OnnxAttribute {
  readonly float?: number;
  readonly int?: number;
  readonly tensor?: OnnxTensor;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
}

/** Files of weights kept outside the ONNX file, by the name (location) that it gives them. */
export type ExternalData = Readonly<Record<string, Uint8Array>>;

/** Field numbers of onnx.proto that are read here. */
const MODEL = { producer: 2, graph: 7 };
const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, op: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, float: 2, int: 3, tensor: 5, floats: 7, ints: 8 };
const VALUE = { name: 1, type: 2 };

/** Decodes an ONNX file. Throws WireError for bytes that are none. */
export function parseModel(bytes: Uint8Array, external: ExternalData): OnnxModel {
  const model = new Message(bytes);
  const graph = model.message(MODEL.graph);
  if (!graph) throw new WireError('it holds no graph');
  const tensors = graph.messages(GRAPH.initializer).map((field) => tensorOf(field, external));
  const initializers = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const values = graph.messages(GRAPH.input).map(inputOf);
  return {
    producer: model.text(MODEL.producer),
    nodes: graph.messages(GRAPH.node).map((node) => nodeOf(node, external)),
    initializers,
    // Files of IR version 3 list their initialisers among the inputs.
    inputs: values.filter(({ name }) => !initializers.has(name)),
    outputs: graph.messages(GRAPH.output).map((value) => value.text(VALUE.name)),
  };
}

function nodeOf(node: Message, external: ExternalData): OnnxNode {
  const attributes = node.messages(NODE.attribute);
  return {
    op: node.text(NODE.op),
    domain: node.text(NODE.domain),
    inputs: node.texts(NODE.input),
    outputs: node.texts(NODE.output),
    attributes: new Map(attributes.map((field) => [field.text(ATTRIBUTE.name), attributeOf(field, external)])),
  };
}

function attributeOf(field: Message, external: ExternalData): OnnxAttribute {
  const tensor = field.message(ATTRIBUTE.tensor);
  return {
    float: field.floats(ATTRIBUTE.float)[0],
    int: field.integers(ATTRIBUTE.int)[0],
    tensor: tensor && tensorOf(tensor, external),
    floats: field.floats(ATTRIBUTE.floats),
    ints: field.integers(ATTRIBUTE.ints),
  };
}

/** ValueInfoProto: type 2 → tensor 1 → shape 2 → dimensions 1 → value 1. */
function inputOf(value: Message): OnnxInput {
  const shape = value.message(VALUE.type)?.message(1)?.message(2);
  const dimensions = shape?.messages(1).map((dimension) => dimension.integers(1)[0] ?? null);
  return { name: value.text(VALUE.name), shape: dimensions ?? null };
}
