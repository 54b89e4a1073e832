/** Pictures without a face: metadata by the policy, pixels byte for byte. */
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { latin1Bytes } from '../../../src/engine/formats/bytes';
import { headSegments, isFrameHeader, nextSegment, writeSegment } from '../../../src/engine/formats/jpeg/segments';
import { pngChunks } from '../../../src/engine/formats/png/chunks';
import { webpChunks } from '../../../src/engine/formats/webp/chunks';
import { passWithoutFace } from '../../../src/engine/pipeline/withoutFace';
import { openSource } from '../../../src/engine/sourceFile';
import { Stopwatch } from '../../../src/engine/stopwatch';
import type { CloakReport, CloakResult } from '../../../src/engine/types';
import type { MetadataPolicy } from '../../../src/shared/metadataPolicies';

const XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="51,30.5N" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/jpeg"/></rdf:RDF></x:xmpmeta>';
const EXIF = { IFD0: { Make: 'Camera' }, IFD2: { BodySerialNumber: 'SN-12345' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSDateStamp: '2026:01:02' } };
/** Whatever tells the place or the device. */
const SECRETS = ['SN-12345', '2026:01:02', '51,30.5N', 'Room 101'];

const view = (): Sharp => sharp({ create: { width: 160, height: 120, channels: 3, background: '#88a', noise: { type: 'gaussian', mean: 120, sigma: 20 } } });
const told = (): Sharp => view().withExif(EXIF).withXmp(XMP).withMetadata({ orientation: 6 });
const secretsOf = (bytes: Uint8Array): string[] => SECRETS.filter((secret) => Buffer.from(bytes).includes(secret));

async function pass(bytes: Uint8Array, metadata?: MetadataPolicy): Promise<CloakResult & { source: File; bytes: Buffer }> {
  const source = new File([bytes as Uint8Array<ArrayBuffer>], 'view.bin', { type: 'image/x-own', lastModified: 5 });
  const report = { outcome: 'no-face', faces: [], bytes: { before: source.size, after: source.size } } as unknown as CloakReport;
  const result = await passWithoutFace((await openSource(source))!, { strength: 'standard', selfCheck: false, ...(metadata && { metadata }) }, report, new Stopwatch());
  return { ...result, source, bytes: Buffer.from(await result.file.arrayBuffer()) };
}

/** Everything but applications' segments and comments. */
function jpegPixels(bytes: Uint8Array): Buffer {
  const segments = [...headSegments(bytes)].filter(({ marker }) => isFrameHeader(marker) || [0xc4, 0xdb, 0xdd].includes(marker));
  const scan = bytes.subarray([...headSegments(bytes)].at(-1)!.end);
  return Buffer.concat([...segments.map(({ marker, content }) => writeSegment(marker, content)), scan]);
}

const chunks = (all: Iterable<{ type: string; content: Uint8Array }>, types: string[]): Buffer => Buffer.concat([...all].filter(({ type }) => types.includes(type)).map(({ content }) => content));

const kinds: { name: string; make: () => Promise<Buffer>; pixels: (bytes: Buffer) => Buffer }[] = [
  { name: 'JPEG', make: () => told().jpeg().toBuffer(), pixels: jpegPixels },
  { name: 'progressive JPEG', make: () => told().jpeg({ progressive: true }).toBuffer(), pixels: jpegPixels },
  { name: 'CMYK JPEG', make: () => told().toColourspace('cmyk').jpeg().toBuffer(), pixels: jpegPixels },
  { name: 'PNG', make: () => told().png().toBuffer(), pixels: (bytes) => chunks(pngChunks(bytes), ['IHDR', 'IDAT']) },
  { name: 'PNG with a palette', make: () => told().png({ palette: true }).toBuffer(), pixels: (bytes) => chunks(pngChunks(bytes), ['IHDR', 'PLTE', 'IDAT']) },
  { name: 'WebP', make: () => told().webp().toBuffer(), pixels: (bytes) => chunks(webpChunks(bytes), ['VP8 ', 'ALPH']) },
  { name: 'lossless WebP', make: () => told().webp({ lossless: true }).toBuffer(), pixels: (bytes) => chunks(webpChunks(bytes), ['VP8L']) },
  { name: 'AVIF', make: () => told().avif({ effort: 0 }).toBuffer(), pixels: (bytes) => bytes.subarray(bytes.indexOf('av1C')).subarray(0, 100) },
];

describe.each(kinds)('$name', ({ make, pixels }) => {
  it.each([undefined, 'private', 'none'] as const)('loses what it tells by the policy (%s), and no pixel', async (policy) => {
    const source = await make();
    expect(secretsOf(source).length).toBeGreaterThan(0);
    const { file, bytes, report } = await pass(source, policy);
    expect(secretsOf(bytes)).toEqual([]);
    expect(report).toMatchObject({ outcome: 'no-face', faces: [], metadata: { dropped: expect.arrayContaining([policy === 'none' ? 'camera data' : 'location']) as string[] } });
    expect(report.bytes).toEqual({ before: source.length, after: bytes.length });
    expect({ name: file.name, type: file.type, lastModified: file.lastModified }).toEqual({ name: 'view.bin', type: 'image/x-own', lastModified: 5 });
    expect(pixels(bytes).equals(pixels(source))).toBe(true);
    const [before, after] = await Promise.all([source, bytes].map((each) => sharp(each).raw().toBuffer()));
    expect(after!.equals(before!)).toBe(true);
    const { orientation, exif } = await sharp(bytes).metadata();
    expect(orientation).toBe((await sharp(source).metadata()).orientation); // 6, or told by the container
    expect(Boolean(exif?.includes('Camera'))).toBe(policy !== 'none');
  });

  it('is the very same file where all is kept', async () => {
    const { file, source, report } = await pass(await make(), 'all');
    expect(file).toBe(source);
    expect(report.metadata).toBeUndefined();
  });

  it('is the very same file where there is nothing to go', async () => {
    const bare = await sharp(await make()).toBuffer();
    const { file, source, report } = await pass(bare);
    expect(file).toBe(source);
    expect(report.metadata).toBeUndefined();
    expect(report.bytes.after).toBe(bare.length);
  });
});

describe('a JPEG', () => {
  const comment = writeSegment(0xe5, latin1Bytes('Room 101'));
  const withEnd = async (...more: Uint8Array[]): Promise<Buffer> => Buffer.concat([await view().jpeg().toBuffer(), ...more]);

  it('loses what stands behind its end', async () => {
    const film = Buffer.concat([latin1Bytes('\0\0\0\x18ftypmp42'), latin1Bytes('Room 101')]);
    const source = await withEnd(film);
    const { bytes, report } = await pass(source);
    expect(bytes.equals(source.subarray(0, source.length - film.length))).toBe(true);
    expect(report.metadata!.dropped).toEqual(['preview pictures']);
  });

  it('loses what stands between its scans, and no scan', async () => {
    const source = await view().jpeg({ progressive: true }).toBuffer();
    const scans: number[] = [];
    for (let segment = nextSegment(source, 2); segment; segment = nextSegment(source, segment.end)) if (segment.marker === 0xda) scans.push(segment.end - segment.content.length - 4);
    expect(scans.length).toBeGreaterThan(2);
    const at = scans[1]!;
    const { bytes } = await pass(Buffer.concat([source.subarray(0, at), comment, source.subarray(at)]));
    expect(bytes.equals(source)).toBe(true);
  });

  it('loses what stands between its segments', async () => {
    const source = await told().jpeg().toBuffer();
    const { end } = nextSegment(source, 2)!;
    const { bytes } = await pass(Buffer.concat([source.subarray(0, end), latin1Bytes('Room 101'), source.subarray(end)]));
    expect(secretsOf(bytes)).toEqual([]);
    expect((await sharp(bytes).raw().toBuffer()).equals(await sharp(source).raw().toBuffer())).toBe(true);
  });

  it('keeps its colour profile', async () => {
    const source = await told().withIccProfile('p3').jpeg().toBuffer();
    const { bytes } = await pass(source);
    expect((await sharp(bytes).metadata()).icc).toBeDefined();
  });

  it('is held where it cannot be followed to its end', async () => {
    const source = await told().jpeg().toBuffer();
    const scan = [...headSegments(source)].at(-1)!.end + 200;
    const broken = Buffer.concat([source.subarray(0, scan), Uint8Array.of(0xff, 0xe1, 0xff, 0xff), source.subarray(scan)]);
    await expect(pass(broken)).rejects.toMatchObject({ reason: 'damaged' });
    expect((await pass(broken, 'all')).report.metadata).toBeUndefined();
  });

  it.each([[0x3c, 1], [0x01, 0], [0xdb, 0xff]])('is no worse for damage in its scan (%i)', async (marker, then) => {
    const source = await told().jpeg().toBuffer();
    const scan = [...headSegments(source)].at(-1)!.end + 200;
    const broken = Buffer.concat([source.subarray(0, scan), Uint8Array.of(0xff, marker, then, 0xf0), source.subarray(scan)]);
    const { bytes } = await pass(broken);
    expect(secretsOf(bytes)).toEqual([]);
    expect(jpegPixels(bytes).equals(jpegPixels(broken))).toBe(true);
  });

  it('is no worse for being cut off in its last scan', async () => {
    const source = await told().jpeg().toBuffer();
    const { bytes } = await pass(source.subarray(0, -300));
    expect(secretsOf(bytes)).toEqual([]);
    expect(jpegPixels(source).subarray(0, -300).equals(jpegPixels(bytes))).toBe(true);
  });
});

describe('an AVIF', () => {
  it('stays in place: nothing moves, and only what goes is overwritten', async () => {
    const source = await told().avif({ effort: 0 }).toBuffer();
    const { bytes } = await pass(source);
    expect(bytes.length).toBe(source.length);
    const changed = [...source].flatMap((byte, i) => (byte === bytes[i] ? [] : [i]));
    const [first, last] = [source.indexOf('Exif\0\0', source.indexOf('mdat')), source.indexOf('</x:xmpmeta>')];
    expect(Math.min(...changed)).toBeGreaterThan(first);
    expect(Math.max(...changed)).toBeLessThan(last + 100);
  });

  it('loses boxes that are not known', async () => {
    const source = await view().avif({ effort: 0 }).toBuffer();
    const box = Buffer.concat([Uint8Array.of(0, 0, 0, 16), latin1Bytes('uuidRoom 101')]);
    const { bytes, report } = await pass(Buffer.concat([source, box]));
    expect(secretsOf(bytes)).toEqual([]);
    expect(report.metadata!.dropped).toEqual(['other']);
    expect((await sharp(bytes).raw().toBuffer()).equals(await sharp(source).raw().toBuffer())).toBe(true);
  });

  it('is held where its items cannot be found', async () => {
    const source = await told().avif({ effort: 0 }).toBuffer();
    source[source.indexOf('iloc') + 8] = 0x99; // sizes of numbers that are none
    await expect(pass(source)).rejects.toMatchObject({ code: expect.stringMatching(/unsupported|decode/) as string });
  });
});
