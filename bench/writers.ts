/** The formats that sharp neither writes nor reads, as far as the corpus has them: animated PNG and BMP. */
import { crc32 } from 'node:zlib';
import { pngChunks } from '../src/engine/formats/png/chunks';
import type { Picture } from './picture';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of these chunks. */
export function pngOf(chunks: readonly (readonly [type: string, content: Uint8Array])[]): Buffer {
  return Buffer.concat([SIGNATURE, ...chunks.map(([type, content]) => chunk(type, content))]);
}

/** A PNG with more chunks, before the first of a type. */
export function pngWith(png: Buffer, before: string, ...chunks: readonly [type: string, content: Uint8Array][]): Buffer {
  let at = SIGNATURE.length;
  while (png.toString('latin1', at + 4, at + 8) !== before) at += 12 + png.readUInt32BE(at);
  return Buffer.concat([png.subarray(0, at), ...chunks.map(([type, content]) => chunk(type, content)), png.subarray(at)]);
}

/** A WebP of these chunks. */
export function riffOf(chunks: readonly (readonly [type: string, content: Uint8Array])[]): Buffer {
  const sized = (type: string, content: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    return Buffer.concat([Buffer.from(type, 'latin1'), length, content, Buffer.alloc(content.length % 2)]);
  };
  return sized('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks.map(([type, content]) => sized(type, content))]));
}

/** @param frames PNGs of one size and kind; each is shown for a tenth of a second */
export function apngOf(frames: readonly Buffer[]): Buffer {
  let sequence = 0;
  const number = (): Buffer => {
    const result = Buffer.alloc(4);
    result.writeUInt32BE(sequence++);
    return result;
  };
  const header = [...pngChunks(frames[0]!)].find(({ type }) => type === 'IHDR')!.content;
  const control = Buffer.alloc(8);
  control.writeUInt32BE(frames.length);
  const parts = frames.flatMap((frame, i) => {
    const rest = Buffer.alloc(14); // at the corner, for 1/10 s, nothing disposed of, nothing blended
    rest.writeUInt16BE(1, 8);
    rest.writeUInt16BE(10, 10);
    const data = [...pngChunks(frame)].filter(({ type }) => type === 'IDAT').map(({ content }) => content);
    return [
      chunk('fcTL', Buffer.concat([number(), header.subarray(0, 8), rest])),
      ...data.map((piece) => (i ? chunk('fdAT', Buffer.concat([number(), piece])) : chunk('IDAT', piece))),
    ];
  });
  return Buffer.concat([SIGNATURE, chunk('IHDR', header), chunk('acTL', control), ...parts, chunk('IEND', Buffer.alloc(0))]);
}

/** The frames as PNGs, where each is a whole picture. */
export function framesOfApng(bytes: Uint8Array): Buffer[] {
  const frames: Buffer[][] = [];
  const heads: Buffer[] = [];
  for (const { type, content } of pngChunks(bytes)) {
    if (type === 'fcTL') frames.push([]);
    else if (type === 'IDAT') frames.at(-1)!.push(chunk('IDAT', content));
    else if (type === 'fdAT') frames.at(-1)!.push(chunk('IDAT', content.subarray(4)));
    else if (!frames.length && type !== 'acTL') heads.push(chunk(type, content));
  }
  return frames.map((data) => Buffer.concat([SIGNATURE, ...heads, ...data, chunk('IEND', Buffer.alloc(0))]));
}

/** @param bmp as `bmpOf` writes it */
export function pictureOfBmp(bmp: Buffer): Picture {
  const [start, width, height] = [bmp.readUInt32LE(10), bmp.readInt32LE(18), bmp.readInt32LE(22)];
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    const line = start + 3 * width * (height - 1 - y);
    for (let i = 0; i < 3 * width; i += 3) data.set([bmp[line + i + 2]!, bmp[line + i + 1]!, bmp[line + i]!], 3 * y * width + i);
  }
  return { width, height, data };
}

/** @param rgb rows from the top; `width` a multiple of 4 */
export function bmpOf(rgb: Uint8Array, width: number, height: number): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(head.length + rgb.length, 2);
  head.writeUInt32LE(head.length, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  const pixels = Buffer.alloc(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < 3 * width; i += 3) pixels.set([2, 1, 0].map((channel) => rgb[3 * y * width + i + channel]!), 3 * (height - 1 - y) * width + i);
  }
  return Buffer.concat([head, pixels]);
}
