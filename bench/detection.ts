/**
 * `npm run bench:detection [-- OPTIONS]`: faces that are found, and what is taken for one, in pictures whose faces are known
 * (bench/collages.ts): by the built extension, and by face-api's detectors.
 *
 *   --half tune|report   the portraits that thresholds are chosen on, or the others (report)
 *   --rows PATTERN       only rows whose name matches this regular expression
 *   --ours               without face-api
 *   --dist DIR           measures another build
 *   --out DIR            keeps the pictures, with what was found drawn into them
 *   --docs               writes the table into docs/benchmarks.md
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { apply, similarityTransform } from '../src/engine/align';
import type { Box, DetectedFace } from '../src/engine/types';
import { buildExtension, openExtension, type Extension } from '../scripts/extension';
import { collages, montages, portraitOf, type Half, type KnownFace, type Portrait, type Scene } from './collages';
import { portraits as portraitFiles, requireData } from './data';
import { faceApiDetectors } from './faceApi';
import { cached, OUT, writeWhole } from './result';
import { markdownTable, quantile, updateTable } from './table';

const { values: options } = parseArgs({
  options: {
    half: { type: 'string', default: 'report' },
    rows: { type: 'string', default: '' },
    ours: { type: 'boolean', default: false },
    dist: { type: 'string' },
    out: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
});

interface Count {
  known: number;
  found: number;
  false: number;
}

interface Row {
  /** By detector, ours first. */
  counts: Count[];
  shifts: number[];
  pictures: number;
}

/** A box shows a known face when its centre is about there and it is about as large; detectors differ in what a face's box is. */
function shows({ x, y, width, height }: Box, { centre, side }: KnownFace): boolean {
  const size = Math.sqrt(width * height);
  return Math.hypot(x + width / 2 - centre.x, y + height / 2 - centre.y) < 0.4 * side && size > 0.35 * side && size < 1.8 * side;
}

/** Each box counts for one face at most; a second box on the same face counts as false. */
function matches(boxes: readonly Box[], faces: readonly KnownFace[]): { face: KnownFace; box: number }[] {
  const pairs = faces.flatMap((face) =>
    boxes.flatMap((box, index) => (shows(box, face) ? [{ face, box: index, off: Math.hypot(box.x + box.width / 2 - face.centre.x, box.y + box.height / 2 - face.centre.y) }] : [])),
  );
  const taken: { face: KnownFace; box: number }[] = [];
  for (const { face, box } of pairs.sort((a, b) => a.off - b.off)) {
    if (!taken.some((other) => other.face === face || other.box === box)) taken.push({ face, box });
  }
  return taken;
}

/** How far the template's centre is from where it should be, in its sides: what the cloak's place depends on. */
function shiftOf({ keypoints }: DetectedFace, { centre, side }: KnownFace): number {
  const { x, y } = apply(similarityTransform(keypoints), { x: 56, y: 56 });
  return Math.hypot(x - centre.x, y - centre.y) / side;
}

/** Where the portraits' faces are, as the detector saw them at full size once; kept in out/bench. */
async function knownPortraits(extension: Extension): Promise<Portrait[]> {
  const paths = portraitFiles();
  const keypoints = await cached(join(OUT, 'portraits.json'), paths.join(), () =>
    inTurn(paths, async (path) => (await extension.detect(path)).faces.toSorted((a, b) => b.score - a.score)[0]?.keypoints ?? null),
  );
  return paths.flatMap((path, i) => (keypoints[i] ? [portraitOf(path, keypoints[i])] : []));
}

async function draw(scene: Scene, boxes: readonly Box[], folder: string): Promise<void> {
  const { width, height } = await sharp(scene.bytes).metadata();
  const known = scene.faces.map(({ centre, side }) => `<circle cx="${centre.x}" cy="${centre.y}" r="${side / 2}" stroke="lime"/>`);
  const seen = boxes.map(({ x, y, width, height }) => `<rect x="${x}" y="${y}" width="${width}" height="${height}" stroke="red"/>`);
  const svg = `<svg width="${width}" height="${height}"><g fill="none" stroke-width="2">${known.join('')}${seen.join('')}</g></svg>`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, scene.name), await sharp(scene.bytes).composite([{ input: Buffer.from(svg) }]).jpeg().toBuffer());
}

async function main(): Promise<void> {
  requireData();
  const half = options.half as Half;
  const only = new RegExp(options.rows);
  const extension = await openExtension({ dist: options.dist ?? (await buildExtension()) });
  try {
    const portraits = await knownPortraits(extension);
    const others = options.ours ? [] : await faceApiDetectors();
    const rows = new Map<string, Row>();
    for await (const scene of inTurnOf(collages(portraits, half, only), montages(readFile, only))) {
      const row = rows.get(scene.row) ?? { counts: Array.from({ length: 1 + others.length }, () => ({ known: 0, found: 0, false: 0 })), shifts: [], pictures: 0 };
      rows.set(scene.row, row);
      const { faces } = await extension.detect({ name: scene.name, type: 'image/jpeg', bytes: scene.bytes });
      row.pictures++;
      const boxes = [faces.map(({ box }) => box), ...(await inTurn(others, ({ detect }) => detect(scene.bytes)))];
      boxes.forEach((found, i) => {
        const right = matches(found, scene.faces);
        const count = row.counts[i]!;
        count.known += scene.faces.length;
        count.found += right.length;
        count.false += found.length - right.length;
        if (i === 0) {
          for (const { face, box } of right) row.shifts.push(shiftOf(faces[box]!, face));
        }
      });
      if (options.out) await draw(scene, boxes[0]!, options.out);
      await writeWhole(join(OUT, 'detection.md'), tableOf(rows, ['NullSwap', ...others.map(({ name }) => name)])); // what there is so far
    }
    const table = tableOf(rows, ['NullSwap', ...others.map(({ name }) => name)]);
    console.log(table);
    if (options.docs) await updateTable(join(import.meta.dirname, '../docs/benchmarks.md'), 'bench:detection', table);
  } finally {
    await extension.close();
  }
}

function tableOf(rows: ReadonlyMap<string, Row>, names: readonly string[]): string {
  const head = ['faces', 'in pictures', ...names.map((name) => `${name}: found (false)`), 'place off by, of the side'];
  return markdownTable(head, [...rows].map(([name, { counts, shifts, pictures }]) => [
    `${name}: ${counts[0]!.known}`,
    String(pictures),
    ...counts.map(({ known, found, false: wrong }) => `${known ? (found / known).toFixed(3) : '–'} (${wrong})`),
    shifts.length ? `${(100 * quantile(shifts, 0.5)).toFixed(0)}%` : '–',
  ]));
}

async function* inTurnOf<T>(...sources: AsyncIterable<T>[]): AsyncGenerator<T> {
  for (const source of sources) yield* source;
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

await main();
