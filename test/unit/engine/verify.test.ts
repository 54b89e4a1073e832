/** Written files are read back: what rightly comes out of each format passes, and nothing that is wrong does. */
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Similarity } from '../../../src/engine/align';
import type { Fidelity } from '../../../src/engine/formats/format';
import type { Change } from '../../../src/engine/formats/change';
import { GifEditor } from '../../../src/engine/formats/gif/editor';
import { editJpeg } from '../../../src/engine/formats/jpeg/edit';
import { editPng } from '../../../src/engine/formats/png/editor';
import { editWebp } from '../../../src/engine/formats/webp/edit';
import { MetadataEditor } from '../../../src/engine/metadata/metadata';
import { expectationOf, findingOf, isAsMeant, isSameSize, lookAt, type ShownPicture } from '../../../src/engine/pipeline/verify';
import type { Pixels } from '../../../src/engine/pixels';
import type { Box } from '../../../src/engine/types';
import { changed, retouch, stepsOf } from './retouch';

const SIZE = 320;
const box: Box = { x: 80, y: 50, width: 160, height: 160 };
const unit = box.width / 160;
const transform: Similarity = { a: unit, b: 0, tx: box.x + 24 * unit, ty: box.y + 24 * unit };

/** A decoded picture in memory. */
class Shown implements ShownPicture {
  constructor(
    readonly width: number,
    readonly height: number,
    private readonly rgba: Uint8Array,
  ) {}

  static async of(file: Uint8Array | Sharp): Promise<Shown> {
    const { data, info } = await (file instanceof Uint8Array ? sharp(file) : file).ensureAlpha().raw().toBuffer({ resolveWithObject: true });
    return new Shown(info.width, info.height, data);
  }

  read({ x, y, width, height }: Box): Pixels {
    const data = new Uint8ClampedArray(4 * width * height);
    for (let row = 0; row < height; row++) {
      const from = 4 * ((y + row) * this.width + x);
      data.set(this.rgba.subarray(from, from + 4 * width), 4 * row * width);
    }
    return { x, y, width, height, data };
  }

  sketch(side: number): Pixels {
    const step = Math.max(1, Math.max(this.width, this.height) / side);
    const [width, height] = [Math.round(this.width / step), Math.round(this.height / step)];
    const data = new Uint8ClampedArray(4 * width * height);
    for (let i = 0; i < width * height; i++) data.set(this.read({ x: Math.floor((i % width) * step), y: Math.floor(Math.floor(i / width) * step), width: 1, height: 1 }).data, 4 * i);
    return { x: 0, y: 0, width, height, data };
  }

  rgb(): Uint8Array {
    return this.rgba.filter((_, i) => i % 4 !== 3);
  }
}

const bytesOf = async (parts: BlobPart[] | Promise<BlobPart[]>): Promise<Uint8Array> => new Uint8Array(await new Blob(await parts).arrayBuffer());
const metadata = (): MetadataEditor => new MetadataEditor('private');
const portrait = (): Sharp => sharp('samples/portrait-2.jpg').resize(SIZE, SIZE);

/** Whether a written file shows the source with its changes. */
async function passes(source: Shown, changes: readonly Change[], written: Shown, fidelity: Fidelity): Promise<boolean> {
  const expectation = expectationOf(source, changes, [transform]);
  return isSameSize(source, written) && isAsMeant(findingOf(lookAt(source, expectation), lookAt(written, expectation), expectation), fidelity);
}

type Write = (source: Uint8Array<ArrayBuffer>, change: Change) => Promise<Uint8Array>;

const jpeg: Write = (source, change) => bytesOf(editJpeg(source, [change], metadata()));
const png: Write = (source, change) => bytesOf(editPng(source, [change], metadata()));
const webp: Write = async (source, change) => editWebp(source, [change], metadata());
const gif: Write = async (source, change) => {
  const editor = new GifEditor(source);
  await editor.change(0, [change]);
  return bytesOf(editor.finish(metadata()));
};
/** Decoded, changed and encoded once more. */
const anew = (encode: (picture: Sharp) => Sharp): Write => async (source, change) => {
  const { data, info } = await sharp(source).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return encode(sharp(changed(data, info.width, change), { raw: { width: info.width, height: info.height, channels: 3 } })).toBuffer();
};

describe('what comes out as it should passes', () => {
  it.each<[string, (picture: Sharp) => Sharp, Write, Fidelity]>([
    ['JPEG of quality 30', (picture) => picture.jpeg({ quality: 30 }), jpeg, 'edited'],
    ['JPEG of quality 75', (picture) => picture.jpeg({ quality: 75 }), jpeg, 'edited'],
    ['JPEG of quality 95, 4:4:4', (picture) => picture.jpeg({ quality: 95, chromaSubsampling: '4:4:4' }), jpeg, 'edited'],
    ['progressive JPEG', (picture) => picture.jpeg({ quality: 75, progressive: true }), jpeg, 'edited'],
    ['grey JPEG', (picture) => picture.toColourspace('b-w').jpeg({ quality: 75 }), jpeg, 'edited'],
    ['PNG', (picture) => picture.png(), png, 'edited'],
    ['PNG of 256 colours', (picture) => picture.png({ palette: true }), png, 'edited'],
    ['PNG of 16 colours', (picture) => picture.png({ palette: true, colours: 16 }), png, 'edited'],
    ['GIF', (picture) => picture.gif(), gif, 'edited'],
    ['WebP of quality 30', (picture) => picture.webp({ quality: 30 }), webp, 'contained'],
    ['WebP of quality 90', (picture) => picture.webp({ quality: 90 }), webp, 'contained'],
    ['JPEG written anew', (picture) => picture.jpeg({ quality: 75 }), anew((picture) => picture.jpeg({ quality: 75 })), 'encoded'],
    ['AVIF', (picture) => picture.avif({ quality: 50, effort: 0 }), anew((picture) => picture.avif({ quality: 50, effort: 0 })), 'encoded'],
  ])('%s', async (_, encode, write, fidelity) => {
    const file = await encode(portrait()).toBuffer();
    const source = await Shown.of(file);
    const change = retouch(source.rgb(), SIZE, box);
    const written = await Shown.of(await write(new Uint8Array(file), change));
    expect(await passes(source, [change], written, fidelity)).toBe(true);
  });

  it('however transparent the picture is', async () => {
    const file = await portrait().composite([{ input: Buffer.from(`<svg width="${SIZE}" height="${SIZE}"><circle cx="160" cy="130" r="125" fill-opacity=".6"/></svg>`), blend: 'dest-in' }]).png().toBuffer();
    const source = await Shown.of(file);
    const change = retouch(source.rgb(), SIZE, box);
    expect(await passes(source, [change], await Shown.of(await png(new Uint8Array(file), change)), 'edited')).toBe(true);
  });
});

describe('what is wrong does not pass', () => {
  let source: Shown;
  let change: Change;
  const shown = (as: Change): Shown => shownOf(changed(source.rgb(), SIZE, as));
  const shownOf = (rgb: Uint8Array): Shown => new Shown(SIZE, SIZE, Uint8Array.from({ length: 4 * SIZE * SIZE }, (_, i) => (i % 4 === 3 ? 255 : rgb[3 * Math.floor(i / 4) + (i % 4)]!)));
  const times = (factor: number): Change => ({ ...change, difference: change.difference.map((value) => Math.round(factor * value)) });
  /** @param from where each pixel of the box is taken from */
  const placed = (from: (x: number, y: number) => [number, number]): Change => {
    const difference = new Int16Array(change.difference.length);
    for (let i = 0; i < difference.length / 3; i++) {
      const [x, y] = from(i % box.width, Math.floor(i / box.width));
      if (x < 0 || y < 0 || x >= box.width || y >= box.height) continue;
      difference.set(change.difference.subarray(3 * (y * box.width + x), 3 * (y * box.width + x) + 3), 3 * i);
    }
    return { ...change, difference };
  };

  beforeAll(async () => {
    source = await Shown.of(portrait());
    change = retouch(source.rgb(), SIZE, box);
  });

  it('but what is right does', async () => {
    for (const fidelity of ['edited', 'contained', 'encoded'] as const) expect(await passes(source, [change], shown(change), fidelity)).toBe(true);
  });

  const last = box.width - 1;
  it.each<[string, () => Shown]>([
    ['nothing changed', () => source],
    ['half of the change', () => shown(times(0.5))],
    ['twice the change', () => shown(times(2))],
    ['the change taken away', () => shown(times(-1))],
    ['the change 8 pixels to the right', () => shown(placed((x, y) => [x - 8, y]))],
    ['the change 8 pixels further up', () => shown(placed((x, y) => [x, y + 8]))],
    ['the change mirrored', () => shown(placed((x, y) => [last - x, y]))],
    ['the change upside down', () => shown(placed((x, y) => [last - x, last - y]))],
    ['the change turned by a quarter', () => shown(placed((x, y) => [y, last - x]))],
    ['the change beside the face', () => shown({ ...change, x: 0, y: 215, height: 100, difference: change.difference.subarray(0, 3 * box.width * 100) })],
    ['the upper half of the change alone', () => shown({ ...change, height: box.height / 2, difference: change.difference.subarray(0, change.difference.length / 2) })],
    ['the colours mixed up', () => shownOf(changed(source.rgb(), SIZE, change).map((_, i, all) => all[3 * Math.floor(i / 3) + ((i + 1) % 3)]!))],
    ['the rest of the picture 2 levels lighter', () => shownOf(changed(source.rgb(), SIZE, change).map((value, i) => (i > 3 * 250 * SIZE ? Math.min(255, value + 2) : value)))],
    ['the lower part of the picture lost', () => shownOf(changed(source.rgb(), SIZE, change).map((value, i) => (i > 3 * 262 * SIZE ? 128 : value)))],
  ])('%s', async (_, wrong) => {
    expect(await passes(source, [change], wrong(), 'edited')).toBe(false);
  });

  it.each(['flip', 'flop', 'rotate'] as const)('the picture turned: %s', async (turn) => {
    const right = sharp(changed(source.rgb(), SIZE, change), { raw: { width: SIZE, height: SIZE, channels: 3 } });
    const turned = await Shown.of(await { flip: right.flip(), flop: right.flop(), rotate: right.rotate(90) }[turn].png().toBuffer());
    for (const fidelity of ['edited', 'contained', 'encoded'] as const) expect(await passes(source, [change], turned, fidelity)).toBe(false);
  });

  it('the picture at another size', async () => {
    expect(await passes(source, [change], await Shown.of(portrait().extract({ left: 0, top: 0, width: SIZE - 1, height: SIZE })), 'encoded')).toBe(false);
  });

  it('a change that adds nothing at all, for then there is no cloak', async () => {
    expect(await passes(source, [{ ...box, difference: stepsOf(new Float32Array(change.difference.length)) }], source, 'edited')).toBe(false);
  });
});
