/**
 * Reads a written file back: whether what a viewer shows of it is what was meant, the source and its changes. Nothing that wrote the
 * file has a part in it; the browser's own decoders read it.
 */
import { boundsInPicture, canonicalBox, type Similarity } from '../align';
import { decode, redrawn } from '../decode';
import { type Change, STEPS_PER_LEVEL } from '../formats/change';
import type { Fidelity } from '../formats/format';
import { ChangedPicture, Picture } from '../picture';
import { bandsOf, wholePixels, type Pixels, type PixelSource, type Size } from '../pixels';
import { openSource, type SourceFile } from '../sourceFile';
import { type Box, CloakError } from '../types';

/** A picture that is compared: in places, and as a whole. */
export interface ShownPicture extends PixelSource {
  /** The whole drawn so small that it fits into a square of `side`, each value from a few pixels; the same ones in pictures of the same size. */
  sketch(side: number): Pixels;
}

/** Faces are compared by means of at least as many pixels a side, so that neither the grain of a lossy format nor a dither counts; and by at most so many means a side. */
const LEAST_FACTOR = 3;
const FACE_SIDE = 96;
/** Of the sketch by which all that is no face is compared. */
const SKETCH_SIDE = 160;
/** How far from a change an edited file may differ, pixels: the largest block of a JPEG, and how far colours are blurred when they are doubled. */
const MARGIN = 34;
/** What is behind a transparent picture when it is compared: middle grey. */
const GREY = 128;

interface Bounds {
  gain: { least: number; most: number };
  /** Of the error at a face: a share of the change, and levels of noise that does not grow with it. */
  error: { share: number; noise: number };
  outside: Finding['outside'];
}

const FACE = { gain: { least: 0.65, most: 1.35 }, error: { share: 0.7, noise: 1 } };
const NOTHING = { mean: 0.1, most: 1.5 };

/**
 * Between what rightly comes out and what is wrong, by thirty photos of LFW and ten portraits at each strength, as JPEG of quality 30 to 95, progressive,
 * 4:4:4 and grey, PNG, PNG of 16 to 256 colours, GIF, WebP of quality 30 to 90, AVIF, and JPEG and AVIF encoded once more. Gains were .78 to 1.00 (.94 and
 * more but for quality 30 and blurred faces of 60 pixels); of changes 8 pixels beside their place .09 to .54, mirrored up to .68, turned up to .28, halved .50, doubled
 * 1.7 and more. Errors were .82 of their bound at most, and as a rule .3; of changes beside their place or mirrored .89 and more, as a rule 1.3. In inks gains were
 * .61 to .90, and errors up to .65 of the change. Beside the faces nothing differed where only they were edited; around them in a WebP .7 levels in the mean and 7 at
 * most; 1.2 and 10 where all was encoded once more.
 */
const BOUNDS: Record<Fidelity, Bounds> = {
  edited: { ...FACE, outside: NOTHING },
  inked: { gain: { ...FACE.gain, least: 0.5 }, error: { share: 0.85, noise: 1 }, outside: NOTHING },
  contained: { ...FACE, outside: { mean: 2, most: 16 } },
  encoded: { gain: FACE.gain, error: { share: 0.7, noise: 3 }, outside: { mean: 5, most: 30 } },
};

/** What is to be seen in a picture's file. */
export interface Expectation extends Size {
  faces: {
    box: Box;
    /** Pixels that make up one mean along each axis. */
    factor: number;
    /** What changes in the means; the unit of `Change.difference`. */
    added: Int16Array;
  }[];
  /** Where pixels change. */
  changed: readonly Box[];
}

/** A picture as far as it is compared. */
export interface Look extends Size {
  /** Means in each face's box: RGB, rows from the top, levels above grey. */
  faces: Float32Array[];
  sketch: Pixels;
}

/** What a face became in the file. */
export interface FaceFinding {
  /** How much of what was meant to be added is there, by least squares: 1 as meant, 0 not at all. */
  gain: number;
  /** How far the means are off what was meant, levels (root of the mean square). */
  error: number;
  /** How far they were meant to move, likewise. */
  change: number;
}

export interface Finding {
  faces: FaceFinding[];
  /** By how much what is no face differs, levels: the mean, and what all but a hundredth stay under. Zeros where all is face. */
  outside: { mean: number; most: number };
}

/**
 * @param picture the source, upright
 * @param changes upright
 * @param transforms of the faces that change: template coordinates to pixels of the picture
 */
export function expectationOf(picture: PixelSource, changes: readonly Change[], transforms: readonly Similarity[]): Expectation {
  const meant = new ChangedPicture(picture, changes);
  const faces = transforms.flatMap((transform): Expectation['faces'] => {
    const box = wholePixels(boundsInPicture(transform, canonicalBox), picture);
    if (!box) return [];
    const factor = Math.max(LEAST_FACTOR, Math.ceil(Math.max(box.width, box.height) / FACE_SIDE));
    const [before, after] = [meansOf(picture, box, factor), meansOf(meant, box, factor)];
    return [{ box, factor, added: Int16Array.from(after, (value, i) => Math.round(STEPS_PER_LEVEL * (value - before[i]!))) }];
  });
  return { width: picture.width, height: picture.height, faces, changed: changes.map(({ x, y, width, height }) => ({ x, y, width, height })) };
}

export function lookAt(picture: ShownPicture, { faces }: Expectation): Look {
  return { width: picture.width, height: picture.height, faces: faces.map(({ box, factor }) => meansOf(picture, box, factor)), sketch: picture.sketch(SKETCH_SIDE) };
}

/**
 * Reads a still picture back. Throws `CloakError` (`unverified`) where it does not show what was meant.
 * @param before look at the source
 */
export async function verify(file: File, source: SourceFile, before: Look, expectation: Expectation, fidelity: Fidelity): Promise<void> {
  const bitmap = await shown(file, source).catch((cause: unknown) => {
    throw new CloakError('unverified', [], { cause });
  });
  try {
    if (!isSameSize(bitmap, expectation)) throw new CloakError('unverified');
    if (!isAsMeant(findingOf(before, lookAt(new Picture(bitmap), expectation), expectation), fidelity)) throw new CloakError('unverified');
  } finally {
    bitmap.close();
  }
}

/** As the browser shows it; a PNG that is turned as it says, which not every browser heeds. */
async function shown(file: File, { type, header }: SourceFile): Promise<ImageBitmap> {
  const isTurned = (header?.orientation ?? 1) !== 1;
  if (type.format === 'png' && isTurned) return (await decode((await openSource(file))!)).bitmap;
  const bitmap = await createImageBitmap(file.slice(0, file.size, type.type), { imageOrientation: 'from-image', colorSpaceConversion: 'none' });
  // Chromium keeps a turned picture in the rows of its file, and so draws it smaller from other pixels than one that is upright, as the source is by now
  return isTurned ? redrawn(bitmap, 1) : bitmap;
}

export function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

export function isAsMeant({ faces, outside }: Finding, fidelity: Fidelity): boolean {
  const bounds = BOUNDS[fidelity];
  const isCloaked = ({ gain, error, change }: FaceFinding): boolean =>
    gain > bounds.gain.least && gain < bounds.gain.most && error < Math.hypot(bounds.error.share * change, bounds.error.noise);
  return faces.every(isCloaked) && outside.mean <= bounds.outside.mean && outside.most <= bounds.outside.most;
}

/**
 * Of two looks at pictures of the same size.
 * @param changed where pixels may differ for another reason than this picture's changes
 */
export function findingOf(before: Look, after: Look, expectation: Expectation, changed: readonly Box[] = expectation.changed): Finding {
  const faces = expectation.faces.map(({ added }, i) => faceFinding(before.faces[i]!, after.faces[i]!, added));
  return { faces, outside: outsideFinding(before, after, changed) };
}

function faceFinding(before: Float32Array, after: Float32Array, added: Int16Array): FaceFinding {
  let [product, square, rest] = [0, 0, 0];
  for (let i = 0; i < added.length; i++) {
    const [meant, is] = [added[i]! / STEPS_PER_LEVEL, after[i]! - before[i]!];
    product += meant * is;
    square += meant * meant;
    rest += (is - meant) ** 2;
  }
  return { gain: square ? product / square : 0, error: Math.sqrt(rest / added.length), change: Math.sqrt(square / added.length) };
}

/** Means of `factor` x `factor` pixels of a part. */
function meansOf(picture: PixelSource, box: Box, factor: number): Float32Array {
  const [columns, rows] = [Math.max(1, Math.floor(box.width / factor)), Math.max(1, Math.floor(box.height / factor))];
  const [width, height] = [Math.min(box.width, columns * factor), Math.min(box.height, rows * factor)];
  const means = new Float32Array(3 * columns * rows);
  for (const band of bandsOf({ ...box, width, height }, factor)) {
    const { data } = picture.read(band);
    for (let y = 0, from = 0; y < band.height; y++) {
      const row = 3 * columns * Math.floor((band.y - box.y + y) / factor);
      for (let x = 0; x < width; x++, from += 4) {
        const to = row + 3 * Math.floor(x / factor);
        for (let channel = 0; channel < 3; channel++) means[to + channel]! += aboveGrey(data, from, channel) / factor ** 2;
      }
    }
  }
  return means;
}

/** Of a pixel that may be transparent: how much lighter than grey it is shown on grey. */
function aboveGrey(data: Uint8ClampedArray, at: number, channel: number): number {
  return ((data[at + channel]! - GREY) * data[at + 3]!) / 255;
}

function outsideFinding(before: Look, after: Look, changed: readonly Box[]): Finding['outside'] {
  const { width, height, data } = before.sketch;
  const now = after.sketch.data;
  const isNear = nearChanges(before, changed);
  const off: number[] = [];
  for (let i = 0; i < width * height; i++) {
    if (isNear[i]) continue;
    let sum = 0;
    for (let channel = 0; channel < 3; channel++) sum += Math.abs(aboveGrey(now, 4 * i, channel) - aboveGrey(data, 4 * i, channel));
    off.push(sum / 3);
  }
  if (!off.length) return { mean: 0, most: 0 };
  off.sort((a, b) => a - b);
  return { mean: off.reduce((sum, value) => sum + value, 0) / off.length, most: off[Math.floor(0.99 * (off.length - 1))]! };
}

/** Which values of the sketch are of pixels at or near a change. */
function nearChanges({ width, height, sketch }: Look, changed: readonly Box[]): Uint8Array {
  const [across, down] = [width / sketch.width, height / sketch.height];
  const isNear = new Uint8Array(sketch.width * sketch.height);
  for (const box of changed) {
    const [left, right] = [Math.max(0, Math.floor((box.x - MARGIN) / across) - 1), Math.min(sketch.width, Math.ceil((box.x + box.width + MARGIN) / across) + 1)];
    const [top, bottom] = [Math.max(0, Math.floor((box.y - MARGIN) / down) - 1), Math.min(sketch.height, Math.ceil((box.y + box.height + MARGIN) / down) + 1)];
    for (let y = top; y < bottom; y++) isNear.fill(1, y * sketch.width + left, y * sketch.width + right);
  }
  return isNear;
}
