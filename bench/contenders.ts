/** Who takes part: photos cloaked by a built extension, noise as visible as a cloak, and photos optimised one by one. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import pMap from 'p-map';
import sharp from 'sharp';
import { CANONICAL_SIZE, canonicalBox } from '../src/engine/align';
import type { CloakOptions, CloakReport } from '../src/engine/types';
import type { CloakedFile, Extension } from '../scripts/extension';
import type { Engines } from './engines';
import { compare, type Fidelity } from './fidelity';
import { cleanPhoto, type Contender } from './jury';
import { noiseOfEqualButteraugli } from './noise';
import type { Photo } from './photos';
import { crop, decode, type Picture } from './picture';
import { progress } from './progress';
import { OUT, writeWhole } from './result';

/** A picture file and the name under which what is made of it is kept. */
export interface SourceFile {
  id: string;
  path: string;
}

export interface Cloaked {
  path: string;
  report: CloakReport;
}

/** Cloaks what is not in `folder` yet; by id. */
export async function cloakAll(
  title: string,
  engines: Engines,
  sources: readonly SourceFile[],
  folder: string,
  options: Partial<CloakOptions>,
): Promise<Map<string, Cloaked>> {
  const place = ({ id, path }: SourceFile) => ({ path: join(folder, id + extname(path)), report: join(folder, `${id}.json`) });
  const missing = sources.filter((source) => !existsSync(place(source).report));
  await progress(title, missing.length, (done) =>
    engines.map(missing, async (extension, source) => {
      const { bytes, report } = await cloakOrTryAgain(extension, source.path, options);
      await writeWhole(place(source).path, bytes);
      await writeWhole(place(source).report, JSON.stringify(report));
      done();
    }),
  );
  const entries = sources.map(async (source) => {
    const { path, report } = place(source);
    return [source.id, { path, report: JSON.parse(await readFile(report, 'utf8')) as CloakReport }] as const;
  });
  return new Map(await Promise.all(entries));
}

/** The same pictures as PNGs, so that no encoder adds to what a cloak changes. */
export async function asPngs(sources: readonly SourceFile[]): Promise<SourceFile[]> {
  const folder = join(OUT, 'png');
  const made = sources.map(async ({ id, path }): Promise<SourceFile> => {
    const png = { id, path: join(folder, `${id}.png`) };
    if (!existsSync(png.path)) await writeWhole(png.path, await sharp(path).png({ compressionLevel: 1 }).toBuffer());
    return png;
  });
  return Promise.all(made);
}

/** An upload that fails is held, and the user may try again: so does the benchmark, once, and says so. */
async function cloakOrTryAgain(extension: Extension, path: string, options: Partial<CloakOptions>): Promise<CloakedFile> {
  try {
    return await extension.cloak(path, options);
  } catch (error) {
    console.warn(`\n${basename(path)} was not cloaked at first: ${error instanceof Error ? error.message : String(error)}`);
    return extension.cloak(path, options);
  }
}

/** What a folder holds for each photo. */
export function filesOf(pathOf: (photo: Photo) => string): Contender {
  return remembering((photo) => decode(pathOf(photo)));
}

export function canonicalCrop(photo: Photo, picture: Picture): Picture {
  return crop(picture, photo.alignment, canonicalBox, CANONICAL_SIZE);
}

/** @param wanted Butteraugli 3-norm of the canonical crop, by photo */
export function noise(wanted: ReadonlyMap<string, number>): Contender {
  const seeds = new Map([...wanted.keys()].map((id, index) => [id, index]));
  return remembering(async (photo) => {
    const cut = (picture: Picture) => canonicalCrop(photo, picture);
    return noiseOfEqualButteraugli(await cleanPhoto(photo), cut, wanted.get(photo.id)!, seeds.get(photo.id)!);
  });
}

/** Asks once for every photo. */
function remembering(contender: Contender): Contender {
  const pictures = new Map<Photo, Promise<Picture>>();
  return (photo) => {
    const picture = pictures.get(photo) ?? contender(photo);
    pictures.set(photo, picture);
    return picture;
  };
}

/** @param cut what is compared of a picture; in the photos' order */
export function measureFidelity(
  title: string,
  photos: readonly Photo[],
  contender: Contender,
  cut: (photo: Photo, picture: Picture) => Picture,
): Promise<Fidelity[]> {
  return progress(title, photos.length, (done) =>
    pMap(
      photos,
      async (photo) => {
        const [before, after] = await Promise.all([cleanPhoto(photo), contender(photo)]);
        const fidelity = await compare(cut(photo, before), cut(photo, after));
        done();
        return fidelity;
      },
      { concurrency: 3 }, // most of the time is spent in the measuring tools' own processes
    ),
  );
}

/** Debian's own interpreter first: the one that has PyTorch and matplotlib. Null where none imports `modules`. */
export function findPython(modules: string): string | null {
  return ['/usr/bin/python3', 'python3'].find((name) => spawnSync(name, ['-c', `import ${modules}`]).status === 0) ?? null;
}

/** Runs training/optimise.py over the photos that are not in `folder` yet. */
export async function optimiseAll(photos: readonly Photo[], folder: string, options: readonly string[]): Promise<Contender> {
  const python = findPython('torch, onnx, scipy, PIL');
  if (!python) {
    throw new Error('Per-picture optimisation needs python3 with PyTorch (on Debian: apt-get install python3-torch python3-onnx python3-scipy python3-pil), or leave it out: --baselines noise.');
  }
  const list = join(folder, 'photos.json');
  await writeWhole(list, JSON.stringify(photos.map(({ id, path, keypoints }) => ({ id, path, keypoints }))));
  await progress('optimising one by one', photos.length, async (done) => {
    const script = spawn(python, ['training/optimise.py', list, '--out', folder, ...options], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, OMP_WAIT_POLICY: 'passive' }, // threads that wait do not take the processor from those that work
    });
    let told = photos.filter(({ id }) => existsSync(join(folder, `${id}.png`))).length;
    for (let i = 0; i < told; i++) done();
    for await (const _ of script.stdout) {
      const made = photos.filter(({ id }) => existsSync(join(folder, `${id}.png`))).length;
      for (; told < made; told++) done();
    }
    const status = script.exitCode ?? (await new Promise<number | null>((closed) => script.once('close', closed)));
    if (status !== 0) throw new Error('training/optimise.py failed; what it says is above.');
  });
  return filesOf(({ id }) => join(folder, `${id}.png`));
}
