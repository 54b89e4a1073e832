/**
 * Changes the planes of an AVIF and encodes them again with the browser's AV1 encoder, about as large as it was. Luma and chroma
 * are taken and given as the file has them, so that nothing is lost by turning them into RGB and back.
 */
import { Avif, type ColourCode, UnreadableAvif } from './avif';
import { concatenate } from './bytes';
import type { Change } from './change';
import type { MetadataEditor } from '../metadata/metadata';

/** Throws `UnreadableAvif`. */
export async function editAvif(bytes: Uint8Array, changes: readonly Change[], metadata: MetadataEditor): Promise<BlobPart[]> {
  const avif = new Avif(bytes);
  const planes = await decodePlanes(avif.bare());
  for (const change of changes) addChange(planes, change);
  const coded = await encodeToSize(planes, avif.coded.length);
  return [avif.withPicture(coded, configurationOf(coded, planes), planes.colour, metadata)];
}

interface Planes {
  format: 'I420' | 'I422' | 'I444';
  width: number;
  height: number;
  data: Uint8Array<ArrayBuffer>;
  /** Luma, then both chroma: where they begin, and bytes a row. */
  layout: PlaneLayout[];
  colour: ColourCode;
  colourSpace: VideoColorSpace;
}

/** Pixels that a sample of chroma covers. */
const SAMPLING = { I420: { x: 2, y: 2 }, I422: { x: 2, y: 1 }, I444: { x: 1, y: 1 } } as const;

async function decodePlanes(avif: Uint8Array<ArrayBuffer>): Promise<Planes> {
  const decoder = new ImageDecoder({ data: avif, type: 'image/avif', colorSpaceConversion: 'none' });
  try {
    const { image } = await decoder.decode();
    const { format, visibleRect, colorSpace } = image;
    if ((format !== 'I420' && format !== 'I422' && format !== 'I444') || !visibleRect) throw new UnreadableAvif(`pixels ${format}`);
    const data = new Uint8Array(image.allocationSize());
    const layout = await image.copyTo(data);
    image.close();
    return { format, width: visibleRect.width, height: visibleRect.height, data, layout, colour: codeOf(colorSpace), colourSpace: colorSpace };
  } finally {
    decoder.close();
  }
}

const PRIMARIES: Record<string, number> = { bt709: 1, bt470bg: 5, smpte170m: 6, bt2020: 9, smpte432: 12 };
const TRANSFERS: Record<string, number> = { bt709: 1, smpte170m: 6, linear: 8, 'iec61966-2-1': 13, pq: 16, hlg: 18 };
const MATRICES: Record<string, number> = { bt709: 1, bt470bg: 5, smpte170m: 6, 'bt2020-ncl': 9 };

function codeOf({ primaries, transfer, matrix, fullRange }: VideoColorSpace): ColourCode {
  const code = { primaries: PRIMARIES[primaries ?? ''], transfer: TRANSFERS[transfer ?? ''], matrix: MATRICES[matrix ?? ''] };
  if (!code.primaries || !code.transfer || !code.matrix) throw new UnreadableAvif('colours');
  return { primaries: code.primaries, transfer: code.transfer, matrix: code.matrix, fullRange: fullRange ?? false };
}

/** Shares of red and blue in luma (ITU-T H.273), by code of the matrix. */
const SHARES: Record<number, [red: number, blue: number]> = { 1: [0.2126, 0.0722], 5: [0.299, 0.114], 6: [0.299, 0.114], 9: [0.2627, 0.0593] };

function addChange({ format, width, height, data, layout, colour }: Planes, change: Change): void {
  const [kr, kb] = SHARES[colour.matrix]!;
  const luma = [kr, 1 - kr - kb, kb];
  const chroma = (own: number, share: number): number[] => luma.map((weight, i) => ((i === own ? 1 : 0) - weight) / (2 * (1 - share)));
  const range = colour.fullRange ? [1, 1] : [219 / 255, 224 / 255];
  const weights = [luma.map((w) => w * range[0]!), chroma(2, kb).map((w) => w * range[1]!), chroma(0, kr).map((w) => w * range[1]!)];
  weights.forEach(([red, green, blue], plane) => {
    const { offset, stride } = layout[plane]!;
    const scale = plane ? SAMPLING[format] : SAMPLING.I444;
    const sums = new Map<number, number>();
    for (let row = 0, at = 0; row < change.height; row++) {
      for (let column = 0; column < change.width; column++, at += 3) {
        const [x, y] = [change.x + column, change.y + row];
        if (x < 0 || y < 0 || x >= width || y >= height) continue;
        const value = red! * change.difference[at]! + green! * change.difference[at + 1]! + blue! * change.difference[at + 2]!;
        if (!value) continue;
        const sample = offset + Math.floor(y / scale.y) * stride + Math.floor(x / scale.x);
        sums.set(sample, (sums.get(sample) ?? 0) + value / (scale.x * scale.y));
      }
    }
    for (const [sample, sum] of sums) data[sample] = Math.min(255, Math.max(0, Math.round(data[sample]! + sum)));
  });
}

/** AV1's base quantiser index, which is what Chromium takes for `quantizer`. */
const COARSEST = 255;
/** The browser's encoder is made for speed: at the source's size it would smooth skin. */
const MOST_GROWTH = 1.6;

/** The finest that is not much larger than the source. */
async function encodeToSize(planes: Planes, size: number): Promise<Uint8Array> {
  let [tooLarge, fits] = [-1, COARSEST];
  let best: Uint8Array | null = null;
  while (fits - tooLarge > 1) {
    const quantizer = (tooLarge + fits) >> 1;
    const coded = await encode(planes, quantizer);
    if (coded.length > MOST_GROWTH * size) tooLarge = quantizer;
    else [fits, best] = [quantizer, coded];
  }
  return best ?? encode(planes, COARSEST);
}

/** One key frame, without the mark that begins a unit of a video. */
async function encode(planes: Planes, quantizer: number): Promise<Uint8Array> {
  const { width, height, format, data, layout, colourSpace } = planes;
  const pieces: Uint8Array[] = [];
  let failure: unknown;
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const piece = new Uint8Array(chunk.byteLength);
      chunk.copyTo(piece);
      pieces.push(piece);
    },
    error: (error) => (failure = error),
  });
  const frame = new VideoFrame(data, { format, codedWidth: width, codedHeight: height, layout, timestamp: 0, colorSpace: colourSpace.toJSON() });
  try {
    const profile = format === 'I420' ? 0 : 1;
    encoder.configure({ codec: `av01.${profile}.16M.08`, width, height, bitrateMode: 'quantizer', latencyMode: 'quality', framerate: 1 });
    // not in TypeScript's declarations yet (WebCodecs AV1 registration, section 5)
    encoder.encode(frame, { keyFrame: true, av1: { quantizer } } as VideoEncoderEncodeOptions);
    await encoder.flush();
  } catch (cause) {
    throw new UnreadableAvif('the browser cannot encode it', { cause: failure ?? cause });
  } finally {
    frame.close();
    if (encoder.state !== 'closed') encoder.close();
  }
  const obus = [...unitsOf(concatenate(pieces))].filter(({ type }) => type !== TEMPORAL_DELIMITER);
  return concatenate(obus.map(({ bytes }) => bytes));
}

const [SEQUENCE_HEADER, TEMPORAL_DELIMITER] = [1, 2];

/** The open bitstream units of AV1 (section 5.3 of its specification). */
function* unitsOf(coded: Uint8Array): Generator<{ type: number; bytes: Uint8Array; payload: Uint8Array }> {
  for (let at = 0; at < coded.length; ) {
    const header = coded[at]!;
    let start = at + 1 + ((header >> 2) & 1);
    let length = coded.length - start;
    if (header & 2) {
      length = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = coded[start++]!;
        length |= (byte & 0x7f) << shift;
        if (!(byte & 0x80)) break;
      }
    }
    yield { type: (header >> 3) & 15, bytes: coded.subarray(at, start + length), payload: coded.subarray(start, start + length) };
    at = start + length;
  }
}

/** The content of `av1C`, told by the sequence header. */
function configurationOf(coded: Uint8Array, { format }: Planes): Uint8Array {
  const header = [...unitsOf(coded)].find(({ type }) => type === SEQUENCE_HEADER)?.payload;
  if (!header) throw new UnreadableAvif('no sequence header');
  const bit = (at: number): number => (header[at >> 3]! >> (7 - (at & 7))) & 1;
  const bits = (at: number, count: number): number => Array.from({ length: count }, (_, i) => bit(at + i)).reduce((value, next) => 2 * value + next, 0);
  const [profile, isReduced] = [bits(0, 3), bit(4)];
  if (!isReduced && (bit(5) || bit(6))) throw new UnreadableAvif('timing');
  const at = isReduced ? 5 : 7 + 5 + 12;
  const level = bits(at, 5);
  const tier = !isReduced && level > 7 ? bit(at + 5) : 0;
  const { x, y } = SAMPLING[format];
  return Uint8Array.of(0x81, (profile << 5) | level, (tier << 7) | ((x - 1) << 3) | ((y - 1) << 2), 0);
}
