/**
 * Changes a JPEG where its picture changes: the difference is transformed, quantised by the file's own tables and added to the
 * coefficients of the blocks it touches. Every other coefficient, the tables, the sampling, the scans and the profile stay as they are, so
 * that nothing outside is encoded a second time.
 */
import { concatenate, latin1Bytes, startsWith } from '../bytes';
import { type Change, STEPS_PER_LEVEL } from '../change';
import type { MetadataEditor } from '../../metadata/metadata';
import { readParts } from './coefficients';
import { type Component, type JpegImage, LARGEST_COEFFICIENT } from './image';
import { behindEnd, headSegments, isApplication, MARKER, type Segment, writeSegment } from './segments';
import { writeJpeg } from './writer';
import { Unreadable } from '../unreadable';

/** Pixels. All blocks of a smaller picture are coded anew, with tables that fit it: that takes little time there, and many files some percent less. */
const LEAST_COPIED = 500_000;

/**
 * Throws `Unreadable` where the file is of a kind that cannot be edited: inks of an unknown order, arithmetic coding, damage.
 * @param leastCopied pixels of a picture whose untouched blocks are copied bit by bit
 */
export function editJpeg(bytes: Uint8Array, changes: readonly Change[], metadata: MetadataEditor, leastCopied = LEAST_COPIED): Uint8Array<ArrayBuffer>[] {
  const { image, sources } = readParts(bytes, changes, leastCopied);
  changeCoefficients(image, changes);
  metadata.behind(behindEnd(bytes));
  return writeJpeg(image, keptSegments(image.extras, metadata), sources);
}

/** Adds changes to the coefficients of the blocks that they lie on; none beside them are read or written. */
export function changeCoefficients(image: JpegImage, changes: readonly Change[]): void {
  const weights = componentWeights(image);
  const most = { h: Math.max(...image.components.map(({ h }) => h)), v: Math.max(...image.components.map(({ v }) => v)) };
  const scaleOf = (component: Component): Scale => ({ x: most.h / component.h, y: most.v / component.v });
  const black = image.components[3];
  const own = black ? changes.map((change) => underBlack(change, black, tableOf(image, black), scaleOf(black))) : changes;
  image.components.forEach((component, i) => {
    const weight = weights[i];
    if (!weight) return;
    for (const change of own) addChange({ component, table: tableOf(image, component), scale: scaleOf(component), weights: weight, change });
  });
}

/** Pixels that a sample of a component covers. */
interface Scale {
  x: number;
  y: number;
}

function tableOf({ quantisation }: JpegImage, { table }: Component): Uint16Array {
  const found = quantisation[table];
  if (!found) throw new Unreadable('no quantisation');
  return found;
}

/** Shorter ones tell nothing; what is more is a thumbnail in JFIF, and nobody's in Adobe's. */
const [ADOBE_LENGTH, JFIF_LENGTH] = [12, 14];

type Weights = readonly [number, number, number];

const RGB: Weights[] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
/** JFIF 1.02, after BT.601. */
const YCBCR: Weights[] = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]];

/** Cyan, magenta and yellow take up the change, each stored as what it lets through; black stays. */
const CMYK = [...RGB, null];
/** The transform is of the inks themselves. */
const YCCK = [...YCBCR.map((weights) => weights.map((weight) => -weight) as unknown as Weights), null];

/**
 * What red, green and blue count in each component; null where it does not change. Where markers disagree, it goes as in libjpeg, which is in
 * browsers and most else: JFIF before Adobe's, the last of Adobe's, the components' names where there is neither, and none of them cut short.
 */
function componentWeights({ components, extras }: JpegImage): (Weights | null)[] {
  const adobe = extras.findLast(({ marker, content }) => marker === MARKER.adobe && startsWith(content, 'Adobe') && content.length >= ADOBE_LENGTH)?.content[ADOBE_LENGTH - 1];
  if (components.length === 1) return YCBCR;
  if (components.length === 4 && adobe !== undefined) return adobe === 0 ? CMYK : YCCK;
  if (components.length !== 3) throw new Unreadable('neither grey nor three colours nor inks as Adobe orders them');
  if (extras.some(({ marker, content }) => marker === MARKER.app0 && startsWith(content, 'JFIF\0') && content.length >= JFIF_LENGTH)) return YCBCR;
  const isNamedRgb = components.every(({ id }, i) => id === 'RGB'.charCodeAt(i));
  return adobe === 0 || (adobe === undefined && isNamedRgb) ? RGB : YCBCR;
}

/** Basis of the discrete cosine transform, frequency by frequency. */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const [frequency, sample] = [i >> 3, i & 7];
  return (frequency ? 0.5 : Math.SQRT1_2 / 2) * Math.cos(((2 * sample + 1) * frequency * Math.PI) / 16);
});

/** Place in the zigzag order -> row * 8 + column. */
export const ZIGZAG = Uint8Array.of(
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56,
  57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
);

/** A change and a component that takes a part in it. */
interface Place {
  component: Component;
  table: Uint16Array;
  scale: Scale;
  weights: Weights;
  change: Change;
}

/** Adds the quantised cosine transform of the change to every block that it touches. */
function addChange(place: Place): void {
  const { component, table, scale, change } = place;
  const [left, top] = [Math.floor(change.x / scale.x / 8), Math.floor(change.y / scale.y / 8)];
  const right = Math.min(component.blocksWide, Math.ceil((change.x + change.width) / scale.x / 8));
  const bottom = Math.min(component.blocksHigh, Math.ceil((change.y + change.height) / scale.y / 8));
  const samples = new Float64Array(64);
  const means = emptyStrip(place, 8 * left - 1, 8 * (right - left) + 2);
  for (let row = top; row < bottom; row++) {
    fillStrip(means, place, 8 * row - 1);
    const strip = isSharpened(scale) ? sharpened(means, scale) : means;
    for (let column = left; column < right; column++) {
      if (!takeBlock(samples, strip, 8 * (column - left) + 1)) continue;
      transform(samples);
      addQuantised(component.coefficients, 64 * (row * component.stride + column), samples, table);
    }
  }
}

/** A block of a strip, without the strip's first and last row. Whether there is anything in it. */
function takeBlock(samples: Float64Array, { width, values }: Strip, left: number): boolean {
  let isChanged = false;
  for (let y = 0, at = 0, from = width + left; y < 8; y++, from += width) {
    for (let x = 0; x < 8; x++, at++) {
      const value = values[from + x]!;
      samples[at] = value;
      if (value !== 0) isChanged = true;
    }
  }
  return isChanged;
}

/** @param at where a block's coefficients begin, in zigzag order; @param added frequencies in rows, not quantised */
function addQuantised(coefficients: Int16Array, at: number, added: Float64Array, table: Uint16Array): void {
  for (let k = 0; k < 64; k++) {
    const value = coefficients[at + k]! + Math.round(added[ZIGZAG[k]!]! / table[k]!);
    coefficients[at + k] = Math.min(LARGEST_COEFFICIENT, Math.max(-LARGEST_COEFFICIENT, value));
  }
}

/** Samples of ten rows: those of a row of blocks, one above and one below, and one before and after them. */
interface Strip {
  width: number;
  values: Float32Array;
}

const STRIP_ROWS = 10;

/** Where in a strip the columns of a change belong. */
interface Means extends Strip {
  columns: Int32Array;
}

/** @param left sample that a strip begins with */
function emptyStrip({ change, scale }: Place, left: number, width: number): Means {
  const count = Math.min(change.width, Math.ceil((left + width) * scale.x) - change.x);
  const columns = Int32Array.from({ length: count }, (_, i) => Math.floor((change.x + i) / scale.x) - left);
  return { width, values: new Float32Array(STRIP_ROWS * width), columns };
}

/** The means of the change over a component's samples, in levels, zero beyond it; in the outermost rows only where they count. @param top row that the strip begins with */
function fillStrip({ values, width, columns }: Means, { change, scale, weights }: Place, top: number): void {
  values.fill(0);
  const share = 1 / (STEPS_PER_LEVEL * scale.x * scale.y);
  const inner = isSharpened(scale) ? 0 : 1;
  const y0 = Math.max(change.y, Math.ceil((top + inner) * scale.y));
  const y1 = Math.min(change.y + change.height, Math.ceil((top + STRIP_ROWS - inner) * scale.y));
  const { difference } = change;
  const [red, green, blue] = weights;
  for (let y = y0; y < y1; y++) {
    const line = (Math.floor(y / scale.y) - top) * width;
    for (let i = 0, at = 3 * (y - change.y) * change.width; i < columns.length; i++, at += 3) {
      values[line + columns[i]!]! += share * (red * difference[at]! + green * difference[at + 1]! + blue * difference[at + 2]!);
    }
  }
}

/** Of what decoders blur when they double a component's rows or columns (by three quarters and one quarter of the nearest two), so much is added beforehand. */
const SHARPENING = 0.5;

function isSharpened({ x, y }: Scale): boolean {
  return x === 2 || y === 2;
}

function sharpened({ width, values }: Strip, scale: Scale): Strip {
  const across = scale.x === 2 ? blurred(values, 1) : values;
  const blurredBoth = scale.y === 2 ? blurred(across, width) : across;
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = values[i]! + SHARPENING * (values[i]! - blurredBoth[i]!);
  return { width, values: result };
}

/** A quarter of the neighbours `apart` values before and after, and half of what is between them. What this makes of a strip's outermost rows and columns is not used. */
function blurred(values: Float32Array, apart: number): Float32Array {
  const result = values.slice();
  for (let i = apart; i < values.length - apart; i++) result[i] = (values[i - apart]! + 2 * values[i]! + values[i + apart]!) / 4;
  return result;
}

/** How much more of the colours' inks a change may take where there is black over them. */
const MOST_GAIN = 4;
/** More than the whole of an ink changes nothing. */
const WHOLE_INK = 255 * STEPS_PER_LEVEL;

/** What the other inks must change by, for black lets through only its share of it. */
function underBlack(change: Change, black: Component, table: Uint16Array, scale: Scale): Change {
  const difference = change.difference.slice();
  const samples = new Float64Array(64);
  const [wide, high] = [8 * scale.x, 8 * scale.y];
  const [right, bottom] = [change.x + change.width, change.y + change.height];
  for (let row = Math.floor(change.y / high); row * high < bottom; row++) {
    for (let column = Math.floor(change.x / wide); column * wide < right; column++) {
      const at = 64 * (row * black.stride + column);
      samples.fill(0);
      for (let k = 0; k < 64; k++) samples[ZIGZAG[k]!] = black.coefficients[at + k]! * table[k]!;
      transformBack(samples);
      for (let y = Math.max(change.y, row * high); y < Math.min(bottom, (row + 1) * high); y++) {
        for (let x = Math.max(change.x, column * wide); x < Math.min(right, (column + 1) * wide); x++) {
          const light = 128 + samples[8 * Math.floor((y - row * high) / scale.y) + Math.floor((x - column * wide) / scale.x)]!;
          const gain = Math.min(MOST_GAIN, 255 / Math.max(1, light));
          const first = 3 * ((y - change.y) * change.width + x - change.x);
          for (let i = first; i < first + 3; i++) difference[i] = Math.min(WHOLE_INK, Math.max(-WHOLE_INK, Math.round(gain * difference[i]!)));
        }
      }
    }
  }
  return { ...change, difference };
}

/** From frequencies to eight rows of eight, in place. */
function transformBack(samples: Float64Array): void {
  const rows = new Float64Array(64);
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) for (let u = 0; u < 8; u++) rows[8 * v + x]! += COSINES[8 * u + x]! * samples[8 * v + u]!;
  }
  samples.fill(0);
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) for (let v = 0; v < 8; v++) samples[8 * y + x]! += COSINES[8 * v + y]! * rows[8 * v + x]!;
  }
}

/** The cosine transform of eight rows of eight, in place. */
function transform(samples: Float64Array): void {
  transformRows(samples, columns);
  transformRows(columns, samples);
}

const columns = new Float64Array(64);

/** The cosine transform of each of eight rows, as a column of the result. */
function transformRows(rows: Float64Array, result: Float64Array): void {
  for (let row = 0; row < 8; row++) {
    const at = 8 * row;
    const [a, b, c, d] = [rows[at]!, rows[at + 1]!, rows[at + 2]!, rows[at + 3]!];
    const [e, f, g, h] = [rows[at + 4]!, rows[at + 5]!, rows[at + 6]!, rows[at + 7]!];
    for (let u = 0; u < 64; u += 8) {
      result[u + row] =
        COSINES[u]! * a + COSINES[u + 1]! * b + COSINES[u + 2]! * c + COSINES[u + 3]! * d + COSINES[u + 4]! * e + COSINES[u + 5]! * f + COSINES[u + 6]! * g + COSINES[u + 7]! * h;
    }
  }
}

/** What their applications begin with; some cameras and programs end EXIF's with another byte. */
const SIGNATURE = { jfif: 'JFIF\0', exif: 'Exif\0', xmp: 'http://ns.adobe.com/xap/1.0/\0', profile: 'ICC_PROFILE\0', photoshop: 'Photoshop 3.0\0', adobe: 'Adobe' } as const;
/** Number of the piece, and of how many, before each piece of a profile. */
const PIECE_BYTES = 2;
const MOST_IN_SEGMENT = 0xffff - 2;

/** A JPEG made anew gets what its source says beside the picture. */
export function withMetadataOf(source: Uint8Array, jpeg: Uint8Array, metadata: MetadataEditor): Uint8Array<ArrayBuffer>[] {
  const extras = [...headSegments(source)].filter(({ marker }) => isExtra(marker) && marker !== MARKER.adobe);
  const own = [...headSegments(jpeg)].filter(({ marker }) => marker === MARKER.app0 || marker === 0xe2);
  const body = own.at(-1)?.end ?? 2;
  return [jpeg.slice(0, 2), ...keptSegments(extras, metadata), jpeg.slice(body)];
}

function isExtra(marker: number): boolean {
  return isApplication(marker) || marker === MARKER.comment;
}

/** What is known, made anew, each kind once. Of all others nothing is kept: cameras put whole pictures there, and films behind them. */
function keptSegments(extras: readonly Segment[], metadata: MetadataEditor): Uint8Array<ArrayBuffer>[] {
  const left = new Set(extras);
  const take = (marker: number, signature: string): Uint8Array[] => {
    const found = extras.filter((extra) => extra.marker === marker && startsWith(extra.content, signature));
    found.forEach((extra) => left.delete(extra));
    return found.map(({ content }) => content.subarray(signature.length));
  };
  const segment = (marker: number, signature: string, content: Uint8Array | null): Uint8Array<ArrayBuffer>[] =>
    content && signature.length + content.length <= MOST_IN_SEGMENT ? [writeSegment(marker, concatenate([latin1Bytes(signature), content]))] : [];

  const jfif = take(MARKER.app0, SIGNATURE.jfif).find(({ length }) => length >= JFIF_LENGTH - SIGNATURE.jfif.length);
  const exif = take(0xe1, SIGNATURE.exif).find(({ length }) => length > 1);
  const [xmp] = take(0xe1, SIGNATURE.xmp);
  const photoshop = concatenate(take(0xed, SIGNATURE.photoshop));
  const profile = concatenate(take(0xe2, SIGNATURE.profile).sort((a, b) => a[0]! - b[0]!).map((piece) => piece.subarray(PIECE_BYTES)));
  const adobe = take(MARKER.adobe, SIGNATURE.adobe).findLast(({ length }) => length >= ADOBE_LENGTH - SIGNATURE.adobe.length); // the one that decoders go by
  const kept = [
    ...segment(MARKER.app0, SIGNATURE.jfif, jfif ? withoutThumbnail(jfif, metadata) : null),
    ...segment(0xe1, `${SIGNATURE.exif}\0`, exif ? metadata.exif(exif.subarray(1)) : null),
    ...segment(0xe1, SIGNATURE.xmp, xmp ? metadata.xmp(xmp) : null),
    ...segment(0xed, SIGNATURE.photoshop, photoshop.length ? metadata.photoshop(photoshop) : null),
    ...(profile.length ? profileSegments(metadata.profile(profile)) : []),
    ...segment(MARKER.adobe, SIGNATURE.adobe, adobe ? adobe.subarray(0, ADOBE_LENGTH - SIGNATURE.adobe.length) : null),
  ];
  for (const { marker, content } of left) {
    if (marker === MARKER.comment) kept.push(...segment(marker, '', metadata.text(content)));
    else noteDropped(content, metadata);
  }
  return kept;
}

function profileSegments(profile: Uint8Array | null): Uint8Array<ArrayBuffer>[] {
  if (!profile) return [];
  const most = MOST_IN_SEGMENT - SIGNATURE.profile.length - PIECE_BYTES;
  const count = Math.ceil(profile.length / most);
  return Array.from({ length: count }, (_, i) =>
    writeSegment(0xe2, concatenate([latin1Bytes(SIGNATURE.profile), Uint8Array.of(i + 1, count), profile.subarray(i * most, (i + 1) * most)])),
  );
}

/** @param jfif after its signature; its last two bytes tell the thumbnail's size */
function withoutThumbnail(jfif: Uint8Array, metadata: MetadataEditor): Uint8Array {
  const length = JFIF_LENGTH - SIGNATURE.jfif.length;
  if (jfif.length > length) metadata.drop('preview pictures');
  const head = jfif.slice(0, length);
  head.fill(0, length - 2);
  return head;
}

/** Thumbnails of their own (JFXX), parts of XMP that are too large for it, tables of pictures in the same file (MPF), content credentials, what makers add. */
function noteDropped(content: Uint8Array, metadata: MetadataEditor): void {
  const isPreview = ['JFXX\0', 'http://ns.adobe.com/xmp/extension/\0', 'MPF\0'].some((signature) => startsWith(content, signature));
  if (isPreview) metadata.drop('preview pictures');
  else if (isCredential(content)) metadata.drop('content credentials');
  else metadata.unknown(content);
}

/** JUMBF whose first box, or a piece further on of it, is a C2PA store. */
function isCredential(content: Uint8Array): boolean {
  return startsWith(content, 'JP') && new TextDecoder('latin1').decode(content).includes('c2pa');
}
