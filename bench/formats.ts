/**
 * `npm run bench:fidelity`: cloaks one portrait in every format, sampling, orientation and profile with the built extension and
 * writes what became of it into docs/formats.md.
 */
import { join } from 'node:path';
import sharp from 'sharp';
import { CANONICAL_SIZE, canonicalBox, similarityTransform } from '../src/engine/align';
import { imageType } from '../src/shared/imageType';
import type { DetectedFace } from '../src/engine/types';
import { buildExtension, EngineFailure, openExtension, type Extension } from '../scripts/extension';
import { makeCorpus, type CorpusPicture } from './corpus';
import { compare, compareOutside, decibels, type Fidelity } from './fidelity';
import { crop, decodeFrames, type Picture, toSharp } from './picture';
import { markdownTable, updateTable } from './table';

const HEAD = ['picture', 'comes out as', 'outside the faces, PSNR dB', 'paint alone: at the face, PSNR dB', 'Butteraugli 3-norm', 'bytes', 'metadata dropped'];
const SAMPLE = join(import.meta.dirname, '../samples/portrait-2.jpg');

async function row(extension: Extension, { name, file }: CorpusPicture): Promise<string[]> {
  try {
    const { bytes, report } = await extension.cloak(file, { strength: 'standard' });
    const [before, after] = await Promise.all([decodeFrames(file.bytes), decodeFrames(bytes)]);
    const outside = await outsideOf(extension, before, after, report.faces);
    const { psnr, butteraugli3Norm } = await paintOf(extension, file, before[0]!);
    return [
      name,
      await kindOf(bytes, after.length),
      outside === null ? '–' : dB(outside),
      psnr.toFixed(1),
      butteraugli3Norm.toFixed(2),
      (bytes.length / file.bytes.length).toFixed(2),
      report.metadata!.dropped.join(', ') || '–',
    ];
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    return [name, `held: ${error.message}`, '–', '–', '–', '–', '–'];
  }
}

/** How the format carries what is painted: a face that is bent besides says nothing by its pixels. Of the first frame. */
async function paintOf(extension: Extension, file: CorpusPicture['file'], before: Picture): Promise<Pick<Fidelity, 'psnr' | 'butteraugli3Norm'>> {
  const { bytes } = await extension.cloak(file, { strength: 'standard', layers: 'paint-alone' });
  const [after] = await decodeFrames(bytes);
  const [face] = await facesOf(extension, before);
  const cut = (picture: Picture) => crop(picture, similarityTransform(face!.keypoints), canonicalBox, CANONICAL_SIZE);
  return compare(cut(before), cut(after!));
}

async function facesOf(extension: Extension, frame: Picture): Promise<DetectedFace[]> {
  return (await extension.detect({ name: 'frame.png', type: 'image/png', bytes: await toSharp(frame).png().toBuffer() })).faces;
}

async function kindOf(bytes: Buffer, frames: number): Promise<string> {
  const type = imageType(bytes)!.format;
  const is = type === 'bmp' ? null : await sharp(bytes).metadata();
  const kind = [
    type,
    type === 'jpeg' && is?.chromaSubsampling,
    is?.space === 'cmyk' && 'CMYK',
    is?.depth === 'ushort' && `${is.bitsPerSample} bits`,
    is?.isPalette && type === 'png' && 'palette',
    is?.isProgressive && (type === 'png' ? 'interlaced' : 'progressive'),
    is?.icc && 'profile',
    is?.orientation && is.orientation > 1 && `orientation ${is.orientation}`,
    frames > 1 && `${frames} frames`,
  ];
  return kind.filter(Boolean).join(', ');
}

/** Mean square of the differences outside the faces' crops, over all frames; faces that move are looked for in each. */
async function outsideOf(extension: Extension, before: Picture[], after: Picture[], faces: readonly DetectedFace[]): Promise<number | null> {
  const squares: number[] = [];
  for (const [i, frame] of before.entries()) {
    const found = before.length === 1 ? faces : await facesOf(extension, frame);
    const outside = compareOutside(frame, after[i]!, found.map(({ keypoints }) => similarityTransform(keypoints)));
    if (outside) squares.push(outside.meanSquare);
  }
  return squares.length ? squares.reduce((sum, value) => sum + value) / squares.length : null;
}

function dB(meanSquare: number): string {
  return meanSquare === 0 ? 'same' : decibels(meanSquare).toFixed(1);
}

const extension = await openExtension({ dist: await buildExtension() });
try {
  const rows: string[][] = [];
  for (const picture of await makeCorpus(SAMPLE)) {
    rows.push(await row(extension, picture));
    console.log(rows.at(-1)!.join(' | '));
  }
  await updateTable(join(import.meta.dirname, '../docs/formats.md'), 'bench:fidelity', markdownTable(HEAD, rows));
} finally {
  await extension.close();
}
