/**
 * `npm run calibrate [-- --again]`: from the on-device recogniser's similarity to how sure it may be that two photos show one
 * person. Two photos each of people that the network was trained with (LFW, never its held-out people) go through the engine's
 * detector and recogniser, and a logistic curve is fitted to their pairs. Writes models/certainty.json and prints how well such a curve
 * fits people that it was not fitted to. The method, and what the figure does not say: docs/statistics.md.
 *
 * Embeddings are kept in out/calibrate.json; `--again` computes them anew.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { people, requireData, type Person } from '../bench/data';
import { subjectOf } from '../bench/photos';
import { progress } from '../bench/progress';
import { randomFrom } from '../src/engine/cloak/random';
import { cosineSimilarity } from '../src/engine/selfCheck/similarity';
import { EnginePage } from '../test/engine/harness';

const PEOPLE = 300;
const SEED = 1;
const KEPT = 'out/calibrate.json';

/** The embeddings of one person's two photos. */
type Two = [Float32Array, Float32Array];

interface Pair {
  similarity: number;
  isSame: boolean;
}

/** sureness = 1 / (1 + exp(-slope * (similarity - middle))) */
interface Curve {
  slope: number;
  middle: number;
}

function choose(all: Person[], count: number): Person[] {
  const { uniform } = randomFrom(SEED);
  return all
    .map((person) => ({ person, place: uniform() }))
    .sort((a, b) => a.place - b.place)
    .slice(0, count)
    .map(({ person }) => person);
}

async function embed(page: EnginePage, photo: string): Promise<Float32Array | null> {
  const { faces, width, height } = await page.runOn('detect', photo);
  const face = subjectOf(faces, width, height);
  if (!face) return null;
  return Float32Array.from((await page.runOn('embedding', photo, { keypoints: face.keypoints })).embedding);
}

/** People with a photo in which no face is found are left out. */
async function embedAll(chosen: Person[]): Promise<Two[]> {
  const page = await EnginePage.open();
  const found: Two[] = [];
  await progress('embeddings', chosen.length, async (done) => {
    for (const { photos } of chosen) {
      const [first, second] = [await embed(page, photos[0]!), await embed(page, photos[1]!)];
      if (first && second) found.push([first, second]);
      done();
    }
  });
  await page.close();
  return found;
}

async function embeddings(again: boolean): Promise<Two[]> {
  if (again || !existsSync(KEPT)) {
    const found = await embedAll(choose(people('train').filter(({ photos }) => photos.length > 1), PEOPLE));
    await mkdir('out', { recursive: true });
    await writeFile(KEPT, JSON.stringify(found.map((two) => two.map((values) => [...values]))));
  }
  const kept = JSON.parse(await readFile(KEPT, 'utf8')) as [number[], number[]][];
  return kept.map(([first, second]) => [Float32Array.from(first), Float32Array.from(second)]);
}

/** Every pair of photos once. */
function pairsOf(all: Two[]): Pair[] {
  const photos = all.flatMap((two, person) => two.map((embedding) => ({ person, embedding })));
  return photos.flatMap((a, index) =>
    photos.slice(index + 1).map((b) => ({ similarity: cosineSimilarity(a.embedding, b.embedding), isSame: a.person === b.person })),
  );
}

/** So that pairs of one person weigh as much, together, as pairs of two: nothing is presumed about who is in the photos. */
function weightOf(pairs: Pair[]): (pair: Pair) => number {
  const same = pairs.filter(({ isSame }) => isSame).length;
  return ({ isSame }) => 0.5 / (isSame ? same : pairs.length - same);
}

const sureness = ({ slope, middle }: Curve, similarity: number): number => 1 / (1 + Math.exp(-slope * (similarity - middle)));

/** The curve of greatest likelihood, by Newton's method from a flat one. */
function fit(pairs: Pair[]): Curve {
  const weight = weightOf(pairs);
  const centre = pairs.reduce((sum, pair) => sum + weight(pair) * pair.similarity, 0);
  let [offset, slope] = [0, 0];
  for (let step = 0; step < 50; step++) {
    let [g0, g1, h00, h01, h11] = [0, 0, 0, 0, 0];
    for (const pair of pairs) {
      const x = pair.similarity - centre;
      const p = 1 / (1 + Math.exp(-(offset + slope * x)));
      const w = weight(pair);
      const miss = w * ((pair.isSame ? 1 : 0) - p);
      const h = w * p * (1 - p);
      g0 += miss;
      g1 += miss * x;
      h00 += h;
      h01 += h * x;
      h11 += h * x * x;
    }
    const determinant = h00 * h11 - h01 * h01;
    offset += (h11 * g0 - h01 * g1) / determinant;
    slope += (h00 * g1 - h01 * g0) / determinant;
  }
  return { slope, middle: centre - offset / slope };
}

interface Told extends Pair {
  sureness: number;
}

/** Each half of the people by the curve that was fitted to the other. */
function crossCheck(all: Two[]): Told[] {
  const middle = Math.floor(all.length / 2);
  const halves = [pairsOf(all.slice(0, middle)), pairsOf(all.slice(middle))];
  return halves.flatMap((pairs, index) => {
    const curve = fit(halves[1 - index]!);
    return pairs.map((pair) => ({ ...pair, sureness: sureness(curve, pair.similarity) }));
  });
}

/** What share of the pairs that the curve gives about so much are one person's, pairs of one and of two people weighed alike. */
function table(pairs: Told[]): string[] {
  const weight = weightOf(pairs);
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  const edges = [0, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 1];
  const rows = edges.slice(1).map((to, index) => {
    const from = edges[index]!;
    const inside = pairs.filter((pair) => pair.sureness >= from && (pair.sureness < to || to === 1));
    const same = inside.filter(({ isSame }) => isSame);
    const sum = (of: Told[], value: (pair: Told) => number): number => of.reduce((all, pair) => all + weight(pair) * value(pair), 0);
    const all = sum(inside, () => 1);
    const [said, held] = [sum(inside, (pair) => pair.sureness) / all, sum(same, () => 1) / all];
    return `| ${percent(from)} to ${percent(to)} | ${same.length} | ${inside.length - same.length} | ${percent(said)} | ${percent(held)} |`;
  });
  return ["| the curve says | pairs of one person | of two | its mean | one person's |", '|---|---|---|---|---|', ...rows];
}

const { values } = parseArgs({ options: { again: { type: 'boolean', default: false } } });
requireData();
const all = await embeddings(values.again);
const pairs = pairsOf(all);
const { slope, middle } = fit(pairs);
const curve: Curve = { slope: Number(slope.toFixed(1)), middle: Number(middle.toFixed(4)) };
const note = `npm run calibrate: ${all.length} people of LFW's training part, ${pairs.length} pairs of photos (docs/statistics.md)`;
await writeFile('models/certainty.json', `${JSON.stringify({ note, ...curve }, null, 2)}\n`);
console.log(`sureness = 1 / (1 + exp(-${curve.slope} * (similarity - ${curve.middle}))): ${note}`);
console.log(`\nEach half of the people by the curve of the other:\n\n${table(crossCheck(all)).join('\n')}`);
