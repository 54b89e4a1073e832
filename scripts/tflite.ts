/** Reads a TFLite model, which is a FlatBuffer. Field numbers are those of TensorFlow's schema.fbs. */
import { ByteBuffer } from 'flatbuffers';

const VTABLE_HEADER = 4;

/** A table of a FlatBuffer. Fields that are absent read as 0, or as empty. */
export class Table {
  constructor(
    private readonly bytes: ByteBuffer,
    private readonly at: number,
  ) {}

  private field(number: number): number {
    const offset = this.bytes.__offset(this.at, VTABLE_HEADER + 2 * number);
    return offset ? this.at + offset : 0;
  }

  int8(number: number): number {
    const at = this.field(number);
    return at ? this.bytes.readInt8(at) : 0;
  }

  int32(number: number): number {
    const at = this.field(number);
    return at ? this.bytes.readInt32(at) : 0;
  }

  table(number: number): Table {
    return new Table(this.bytes, this.bytes.__indirect(this.field(number)));
  }

  tables(number: number): Table[] {
    return this.vector(number, 4, (at) => new Table(this.bytes, this.bytes.__indirect(at)));
  }

  int32s(number: number): number[] {
    return this.vector(number, 4, (at) => this.bytes.readInt32(at));
  }

  /** A vector of bytes as 16-bit numbers. */
  halves(number: number): Uint16Array {
    const low = this.vector(number, 1, (at) => this.bytes.readUint8(at));
    return Uint16Array.from({ length: low.length / 2 }, (_, i) => low[2 * i]! | (low[2 * i + 1]! << 8));
  }

  /** A vector of bytes as 32-bit floats. */
  floats(number: number): Float32Array {
    const bytes = Uint8Array.from(this.vector(number, 1, (at) => this.bytes.readUint8(at)));
    return new Float32Array(bytes.buffer);
  }

  private vector<T>(number: number, size: number, read: (at: number) => T): T[] {
    const at = this.field(number);
    if (!at) return [];
    const start = this.bytes.__vector(at);
    return Array.from({ length: this.bytes.__vector_len(at) }, (_, i) => read(start + size * i));
  }
}

export function rootTable(model: Uint8Array): Table {
  const bytes = new ByteBuffer(model);
  return new Table(bytes, bytes.readInt32(0));
}

/** A filter of out x height x width x in, as TFLite keeps it, -> height x width x in x out. */
export function outputsLast<Values extends Float32Array | Uint16Array>(
  [outputs, height, width, inputs]: number[],
  values: Values,
): { shape: number[]; values: Values } {
  const inner = height! * width! * inputs!;
  const ordered = values.slice() as Values;
  for (let i = 0; i < ordered.length; i++) ordered[i] = values[(i % outputs!) * inner + Math.floor(i / outputs!)]!;
  return { shape: [height!, width!, inputs!, outputs!], values: ordered };
}
