/** Decodes and writes files without a face, as the engine does, and looks at what a page shows of them. */
import { decodeFile } from '../../../src/engine/decode';
import { encode } from '../../../src/engine/encode';
import { type Change, STEPS_PER_LEVEL } from '../../../src/engine/formats/change';
import type { Box } from '../../../src/engine/types';
import type { MetadataPolicy } from '../../../src/shared/metadataPolicies';

/** Base64 for what crosses to the tests. */
export interface File64 {
  type: string;
  base64: string;
}

function fileOf({ type, base64 }: File64): File {
  return new File([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], 'picture', { type });
}

interface Pixels {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

function pixelsOf(source: ImageBitmap | HTMLImageElement, width: number, height: number): Pixels {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(source, 0, 0);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** Milliseconds of writing a file that changes in some boxes, and of decoding and encoding it by the browser alone, some times in turns. */
async function writingTimes({ input, boxes, type, quality, runs }: { input: HTMLInputElement; boxes: Box[]; type: string; quality: number; runs: number }) {
  const file = input.files![0]!;
  const changes = boxes.map(shade);
  const [writing, decoding, encoding]: number[][] = [[], [], []];
  let size = 0;
  for (let run = 0; run < runs; run++) {
    const decoded = (await decodeFile(file))!;
    const [ms, written] = await timed(() => encode(changes, decoded, { strength: 'standard', selfCheck: false, metadata: 'all' }, { signal: new AbortController().signal, onAttempt: () => {} }));
    const [decodeMs, bitmap] = await timed(() => createImageBitmap(file));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')!.drawImage(bitmap, 0, 0);
    const [encodeMs] = await timed(() => canvas.convertToBlob({ type, quality }));
    bitmap.close();
    writing!.push(ms);
    decoding!.push(decodeMs);
    encoding!.push(encodeMs);
    size = written.file.size;
  }
  return { writing: writing!, decoding: decoding!, encoding: encoding!, growth: size / file.size };
}

/** In an `<img>`; null where it shows none. Of an animation the first frame. */
async function shownOf(file: Blob): Promise<Pixels | null> {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    return pixelsOf(image, image.naturalWidth, image.naturalHeight);
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/** Colours in the middles of the quarters, row by row, and the size: tells how a picture is turned. */
function look({ width, height, data }: Pixels) {
  const at = (x: number, y: number): number[] => [...data.slice(4 * (Math.floor(y * height) * width + Math.floor(x * width))).slice(0, 4)];
  return { width, height, quarters: [at(0.25, 0.25), at(0.75, 0.25), at(0.25, 0.75), at(0.75, 0.75)] };
}

/** Mean and largest difference of the colours within a box, or outside of it. */
function difference(a: Pixels, b: Pixels, { x, y, width, height }: Box, isOutside = false) {
  let [sum, largest, count] = [0, 0, 0];
  for (let i = 0; i < a.data.length; i++) {
    const [column, row] = [Math.floor(i / 4) % a.width, Math.floor(i / 4 / a.width)];
    const isInside = column >= x && column < x + width && row >= y && row < y + height;
    if (i % 4 === 3 || isInside === isOutside) continue;
    const value = b.data[i]! - a.data[i]!;
    [sum, largest, count] = [sum + value, Math.max(largest, Math.abs(value)), count + 1];
  }
  return { mean: sum / count, largest };
}

/** What a cloak adds, roughly: a soft shade and a grain that fade at an ellipse. */
function shade({ x, y, width, height }: Box): Change {
  const difference = new Int16Array(3 * width * height);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 3) {
      const [u, v] = [(2 * column + 1) / width - 1, (2 * row + 1) / height - 1];
      const fade = Math.min(1, Math.max(0, 3 - 3 * Math.hypot(u, v)));
      const level = fade * (8 * Math.sin(3 * v + u) + 5 * Math.sin(0.7 * column) * Math.cos(0.5 * row));
      for (let channel = 0; channel < 3; channel++) difference[at + channel] = Math.round(STEPS_PER_LEVEL * level * (1 - 0.2 * channel));
    }
  }
  return { x, y, width, height, difference };
}

async function timed<T>(work: () => Promise<T>): Promise<[ms: number, result: T]> {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

export const fileTests = {
  writingTimes,

  /** What a page shows of a file, and what the engine makes of it. */
  async looksOf({ file }: { file: File64 }) {
    const source = fileOf(file);
    const shown = await shownOf(source);
    const { bitmap, orientation } = (await decodeFile(source))!;
    const decoded = pixelsOf(bitmap, bitmap.width, bitmap.height);
    bitmap.close();
    return { shown: shown && look(shown), decoded: look(decoded), orientation };
  },

  /**
   * A box of the upright picture made lighter or darker by some levels, and the file written: what a page shows of that against the source.
   * @param margin pixels around the box that may change with it
   */
  async written({ file, box, levels, margin, metadata }: { file: File64; box: Box; levels: number; margin: number; metadata: MetadataPolicy }) {
    const source = fileOf(file);
    const decoded = (await decodeFile(source))!;
    const change: Change = { ...box, difference: new Int16Array(3 * box.width * box.height).fill(levels * STEPS_PER_LEVEL) };
    const { file: copy } = await encode([change], decoded, { strength: 'standard', selfCheck: false, metadata }, { signal: new AbortController().signal, onAttempt: () => {} });
    const [before, after] = [(await shownOf(source))!, (await shownOf(copy))!];
    const around = { x: box.x - margin, y: box.y - margin, width: box.width + 2 * margin, height: box.height + 2 * margin };
    const isSameSize = before.width === after.width && before.height === after.height;
    return { isSameSize, inside: difference(before, after, box).mean, outside: difference(before, after, around, true).largest, again: look(after) };
  },
};
