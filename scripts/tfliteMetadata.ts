/**
 * Adds the TFLite metadata to a model that MediaPipe tasks ask for (how to normalise the input, what the outputs are).
 * The old bytes stay untouched at the end of the file; a new root table, buffer list and metadata go in front of them.
 * Field numbers are those of TensorFlow's schema.fbs and metadata_schema.fbs.
 */
import { Builder, ByteBuffer, type Offset } from 'flatbuffers';

const ALIGNMENT = 16;
const VTABLE_HEADER = 4;
const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadataBuffer: 5, metadata: 6 };
const MODEL_FIELDS = 8;
const NORMALIZATION_OPTIONS = 1; // tag in the union ProcessUnitOptions

export interface ModelMetadata {
  name: string;
  /** The network gets (value - mean) / std of each 0..255 channel value. */
  normalization: { mean: number; std: number };
  inputName: string;
  outputNames: string[];
}

/** The metadata as a FlatBuffer of its own (file identifier `M001`). */
export function buildMetadata(metadata: ModelMetadata): Uint8Array {
  const builder = new Builder(1024);
  const floats = (value: number): Offset => {
    builder.startVector(4, 1, 4);
    builder.addFloat32(value);
    return builder.endVector();
  };
  const table = (fields: number, write: () => void): Offset => {
    builder.startObject(fields);
    write();
    return builder.endObject();
  };
  const tensor = (name: string, processUnits: Offset): Offset => {
    const nameAt = builder.createString(name);
    return table(7, () => {
      builder.addFieldOffset(0, nameAt, 0);
      builder.addFieldOffset(4, processUnits, 0);
    });
  };

  const mean = floats(metadata.normalization.mean);
  const std = floats(metadata.normalization.std);
  const normalization = table(2, () => {
    builder.addFieldOffset(0, mean, 0);
    builder.addFieldOffset(1, std, 0);
  });
  const processUnit = table(2, () => {
    builder.addFieldInt8(0, NORMALIZATION_OPTIONS, 0);
    builder.addFieldOffset(1, normalization, 0);
  });
  const inputs = vectorOfOffsets(builder, [tensor(metadata.inputName, vectorOfOffsets(builder, [processUnit]))]);
  const outputs = vectorOfOffsets(builder, metadata.outputNames.map((name) => tensor(name, 0)));
  const subgraph = table(6, () => {
    builder.addFieldOffset(2, inputs, 0);
    builder.addFieldOffset(3, outputs, 0);
  });
  const subgraphs = vectorOfOffsets(builder, [subgraph]);
  const name = builder.createString(metadata.name);
  const parserVersion = builder.createString('1.0.0');
  const root = table(8, () => {
    builder.addFieldOffset(0, name, 0);
    builder.addFieldOffset(3, subgraphs, 0);
    builder.addFieldOffset(7, parserVersion, 0);
  });
  builder.finish(root, 'M001');
  return builder.asUint8Array();
}

/** The model with a metadata entry `TFLITE_METADATA` that points to a new last buffer holding `metadata`. */
export function addMetadata(model: Uint8Array, metadata: Uint8Array): Uint8Array {
  const old = new TableReader(model);
  if (old.fileIdentifier !== 'TFL3') throw new Error('not a TFLite model');
  if (old.offsetField(MODEL.metadata)) throw new Error('the model has metadata already');

  // The builder writes from the end towards the front: with the old bytes "written" first, a new table can point into
  // them. An offset counts from the end of the file.
  const builder = new Builder(model.length + metadata.length + 1024);
  const padding = (ALIGNMENT - (model.length % ALIGNMENT)) % ALIGNMENT;
  builder.prep(ALIGNMENT, 0);
  builder.pad(padding);
  for (let i = model.length - 1; i >= 0; i--) builder.writeInt8(model[i]!);
  const offsetOf = (position: number): Offset => model.length + padding - position;

  builder.startVector(1, metadata.length, ALIGNMENT);
  for (let i = metadata.length - 1; i >= 0; i--) builder.addInt8(metadata[i]!);
  const data = builder.endVector();
  builder.startObject(1);
  builder.addFieldOffset(0, data, 0);
  const metadataBuffer = builder.endObject();
  const oldBuffers = old.vectorOfTables(MODEL.buffers);
  const buffers = vectorOfOffsets(builder, [...oldBuffers.map(offsetOf), metadataBuffer]);

  const name = builder.createString('TFLITE_METADATA');
  builder.startObject(2);
  builder.addFieldOffset(0, name, 0);
  builder.addFieldInt32(1, oldBuffers.length, 0);
  const entries = vectorOfOffsets(builder, [builder.endObject()]);

  builder.startObject(MODEL_FIELDS);
  builder.addFieldInt32(MODEL.version, old.uint32Field(MODEL.version), 0);
  for (const field of [MODEL.operatorCodes, MODEL.subgraphs, MODEL.description, MODEL.metadataBuffer]) {
    const target = old.offsetField(field);
    if (target) builder.addFieldOffset(field, offsetOf(target), 0);
  }
  builder.addFieldOffset(MODEL.buffers, buffers, 0);
  builder.addFieldOffset(MODEL.metadata, entries, 0);
  builder.finish(builder.endObject(), 'TFL3');
  return builder.asUint8Array();
}

function vectorOfOffsets(builder: Builder, offsets: Offset[]): Offset {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}

/** Reads the fields of a FlatBuffer's root table. Positions count from the start of the file; 0 means absent. */
export class TableReader {
  private readonly bytes: ByteBuffer;
  private readonly root: number;
  readonly fileIdentifier: string;

  constructor(data: Uint8Array) {
    this.bytes = new ByteBuffer(data);
    this.root = this.bytes.readInt32(0);
    this.fileIdentifier = String.fromCharCode(...data.subarray(4, 8));
  }

  private fieldPosition(field: number): number {
    const offset = this.bytes.__offset(this.root, VTABLE_HEADER + 2 * field);
    return offset ? this.root + offset : 0;
  }

  uint32Field(field: number): number {
    const position = this.fieldPosition(field);
    return position ? this.bytes.readUint32(position) : 0;
  }

  /** Position of the table, vector or string that the field points to. */
  offsetField(field: number): number {
    const position = this.fieldPosition(field);
    return position ? this.bytes.__indirect(position) : 0;
  }

  vectorOfTables(field: number): number[] {
    const vector = this.offsetField(field);
    if (!vector) return [];
    const length = this.bytes.readInt32(vector);
    return Array.from({ length }, (_, i) => this.bytes.__indirect(vector + 4 + 4 * i));
  }
}
