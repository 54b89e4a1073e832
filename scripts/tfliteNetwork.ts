/**
 * Turns a TFLite model of 16-bit weights (MediaPipe's full-range BlazeFace) into what the engine's own code runs: a list of
 * operations and a file of weights, the format of src/engine/weightFile.ts. Throws where the model holds an operation that it
 * does not know. Field numbers are those of TensorFlow's schema.fbs.
 */
import { outputsLast, rootTable } from './tflite';
import type { Operation, NetworkDescription } from '../src/engine/detect/searchNetwork';

const HALF = 1; // TensorType.FLOAT16
const SAME = 0; // Padding.SAME
const RELU = 1; // ActivationFunctionType.RELU
const CODES = { 0: 'add', 3: 'conv', 4: 'depthwise', 6: 'dequantize', 17: 'maxPool', 19: 'relu', 22: 'reshape', 23: 'resize', 34: 'pad' } as const;
type Kind = (typeof CODES)[keyof typeof CODES];

export interface ConvertedNetwork {
  description: NetworkDescription;
  /** 16-bit floats, little endian. */
  weights: Uint16Array;
}

export function convertNetwork(model: Uint8Array): ConvertedNetwork {
  const root = rootTable(model);
  const kinds = root.tables(1).map((code): Kind => {
    const number = Math.max(code.int8(0), code.int32(3));
    const kind = (CODES as Record<number, Kind>)[number];
    if (!kind) throw new Error(`The model has an operation ${number} that is not known here.`);
    return kind;
  });
  const graph = root.tables(2)[0]!;
  const buffers = root.tables(4);
  const tensors = graph.tables(0).map((tensor) => ({ shape: tensor.int32s(0), type: tensor.int8(1), data: buffers[tensor.int32(2)]! }));
  const weights: number[] = [];
  const entries: NetworkDescription['tensors'] = [];
  const operations: Operation[] = [];
  /** Tensors that are others under a second name: weights before they were widened, results before they were reshaped. */
  const aliases = new Map<number, number>();
  const source = (tensor: number): number => (aliases.has(tensor) ? source(aliases.get(tensor)!) : tensor);
  const name = (tensor: number): string => String(source(tensor));

  const addWeights = (tensor: number, order: (shape: number[], values: Uint16Array) => { shape: number[]; values: Uint16Array }): string => {
    const { shape, type, data } = tensors[source(tensor)]!;
    if (type !== HALF) throw new Error('The model has weights that are no 16-bit floats.');
    const ordered = order(shape, data.halves(0));
    entries.push({ name: name(tensor), shape: ordered.shape, offset: weights.length });
    for (const value of ordered.values) weights.push(value);
    return name(tensor);
  };

  for (const operation of graph.tables(3)) {
    const kind = kinds[operation.int32(0)]!;
    const inputs = operation.int32s(1);
    const output = operation.int32s(2)[0]!;
    const options = () => operation.table(4);
    const result = name(output);
    const [input] = inputs as [number];
    switch (kind) {
      case 'dequantize':
      case 'reshape':
        aliases.set(output, input);
        break;
      case 'conv':
      case 'depthwise': {
        const [, height, width] = tensors[inputs[1]!]!.shape;
        if (options().int8(0) !== SAME && height! * width! > 1) throw new Error('The model has a convolution without padding.');
        const filter = addWeights(inputs[1]!, kind === 'conv' ? outputsLast : onePerChannel);
        const bias = addWeights(inputs[2]!, (shape, values) => ({ shape, values }));
        const activation = options().int8(kind === 'conv' ? 3 : 4) === RELU ? 'relu' : 'linear';
        operations.push({ kind, input: name(input), output: result, filter, bias, stride: options().int32(1), activation });
        break;
      }
      case 'pad': {
        const [was, is] = [tensors[input]!.shape, tensors[output]!.shape];
        if (was[1] !== is[1] || was[2] !== is[2]) throw new Error('The model pads something else than channels.');
        operations.push({ kind, input: name(input), output: result, channels: is[3]! - was[3]! });
        break;
      }
      case 'add':
        operations.push({ kind, input: name(input), other: name(inputs[1]!), output: result });
        break;
      case 'maxPool':
      case 'resize':
      case 'relu':
        operations.push({ kind, input: name(input), output: result });
    }
  }
  const [regressors, scores] = graph.int32s(2).map(name) as [string, string];
  const input = name(graph.int32s(1)[0]!);
  return { description: { format: 1, input, regressors, scores, operations: fuse(operations), tensors: entries }, weights: Uint16Array.from(weights) };
}

/** 1 x height x width x channels -> height x width x channels x 1: the same order. */
function onePerChannel([, height, width, channels]: number[], values: Uint16Array): { shape: number[]; values: Uint16Array } {
  return { shape: [height!, width!, channels!, 1], values };
}

/** A ReLU that alone looks at a convolution becomes part of it. */
function fuse(operations: Operation[]): Operation[] {
  const readers = (tensor: string): Operation[] => operations.filter((one) => one.input === tensor || (one.kind === 'add' && one.other === tensor));
  const fused = new Set<Operation>();
  const result = operations.map((operation): Operation => {
    if (operation.kind !== 'conv' && operation.kind !== 'depthwise') return operation;
    const [reader, ...others] = readers(operation.output);
    if (!reader || reader.kind !== 'relu' || others.length > 0) return operation;
    fused.add(reader);
    return { ...operation, activation: 'relu', output: reader.output };
  });
  return result.filter((operation) => !fused.has(operation));
}
