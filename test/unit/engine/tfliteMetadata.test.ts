import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { addMetadata, buildMetadata, TableReader } from '../../../scripts/tfliteMetadata';

const model = readFileSync('node_modules/@mediapipe/face_detection/face_detection_short_range.tflite');
const metadata = buildMetadata({
  name: 'detector',
  normalization: { mean: 127.5, std: 127.5 },
  inputName: 'image',
  outputNames: ['regressors', 'classificators'],
});

describe('TFLite metadata', () => {
  it('carries its identifier and names', () => {
    expect(new TableReader(metadata).fileIdentifier).toBe('M001');
    const text = Buffer.from(metadata).toString('latin1');
    for (const name of ['detector', 'image', 'regressors', 'classificators']) expect(text).toContain(name);
  });

  it('leaves the old bytes as they are, at an aligned place', () => {
    const result = addMetadata(model, metadata);
    const at = Buffer.from(result).indexOf(model);
    expect(at).toBeGreaterThan(0);
    expect(at % 16).toBe(0);
  });

  it('adds one buffer that holds the metadata, and an entry that names it', () => {
    const before = new TableReader(model);
    const after = new TableReader(addMetadata(model, metadata));
    expect(after.fileIdentifier).toBe('TFL3');
    expect(after.uint32Field(0)).toBe(before.uint32Field(0));
    expect(after.vectorOfTables(4)).toHaveLength(before.vectorOfTables(4).length + 1);
    expect(after.vectorOfTables(6)).toHaveLength(1);
    expect(after.vectorOfTables(2)).toHaveLength(before.vectorOfTables(2).length);
  });

  it('refuses what is no model, and a model that has metadata', () => {
    expect(() => addMetadata(new Uint8Array(64), metadata)).toThrow('not a TFLite model');
    expect(() => addMetadata(addMetadata(model, metadata), metadata)).toThrow('already');
  });
});
