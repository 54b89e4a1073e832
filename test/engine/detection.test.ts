/** Faces as people photograph them: small, turned, mirrored, cut by the border, half hidden, many. Truth is where the test put them. */
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apply, scaleOf, similarityTransform, type Similarity } from '../../src/engine/align';
import type { DetectedFace, Point } from '../../src/engine/types';
import { EnginePage, sample } from './harness';

const TEMPLATE = 112;
const GROUND = '#7a8a6a';

let page: EnginePage;
let portrait: Similarity;
beforeAll(async () => {
  page = await EnginePage.open();
  portrait = similarityTransform((await page.runOn('detect', sample('portrait.jpg'))).faces[0]!.keypoints);
});
afterAll(() => page?.close());

interface Placed {
  input: Buffer;
  left: number;
  top: number;
  /** Of the template box in the picture, and its side. */
  centre: Point;
  side: number;
}

/** The sample portrait with a template box of `side` pixels around (x, y), turned clockwise by `angle` degrees. */
async function placed(x: number, y: number, side: number, { angle = 0, mirrored = false } = {}): Promise<Placed> {
  const scale = side / (TEMPLATE * scaleOf(portrait));
  const width = Math.round(1024 * scale);
  const turned = sharp(await sharp(sample('portrait.jpg')).resize(width, width).flop(mirrored).toBuffer()).rotate(angle, { background: GROUND });
  const { data, info } = await turned.png().toBuffer({ resolveWithObject: true });
  const middle = apply(portrait, { x: TEMPLATE / 2, y: TEMPLATE / 2 });
  const [dx, dy] = [(mirrored ? -1 : 1) * (middle.x * scale - width / 2), middle.y * scale - width / 2];
  const [cosine, sine] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const left = Math.round(x - info.width / 2 - (dx * cosine - dy * sine));
  const top = Math.round(y - info.height / 2 - (dx * sine + dy * cosine));
  return { input: data, left, top, centre: { x, y }, side };
}

async function facesOf(placings: Placed[], width = 1000, height = 700): Promise<DetectedFace[]> {
  const margin = 400; // sharp takes no layer that begins outside
  const layers = placings.map(({ input, left, top }) => ({ input, left: left + margin, top: top + margin }));
  const wide = await sharp({ create: { width: width + 2 * margin, height: height + 2 * margin, channels: 3, background: GROUND } }).composite(layers).png().toBuffer();
  const bytes = await sharp(wide).extract({ left: margin, top: margin, width, height }).jpeg({ quality: 90 }).toBuffer();
  return (await page.runOn('detect', { name: 'faces.jpg', type: 'image/jpeg', bytes })).faces;
}

/** Every face once, nothing else, and each template within a seventh of its side from where it should be. */
function expectFound(faces: DetectedFace[], placings: Placed[]): void {
  expect(faces).toHaveLength(placings.length);
  for (const { centre, side } of placings) {
    const off = faces.map(({ keypoints }) => {
      const { x, y } = apply(similarityTransform(keypoints), { x: TEMPLATE / 2, y: TEMPLATE / 2 });
      return Math.hypot(x - centre.x, y - centre.y) / side;
    });
    expect(Math.min(...off)).toBeLessThan(1 / 7);
  }
}

describe('a face is found', () => {
  it.each([24, 32, 64, 300])('at %i pixels between the corners of its template', async (side) => {
    const placings = [await placed(420, 300, side)];
    expectFound(await facesOf(placings), placings);
  });

  it.each([30, -45, 60, 90, -90, 180])('turned by %i degrees, and knows how it is turned', async (angle) => {
    const placings = [await placed(500, 350, 110, { angle })];
    const faces = await facesOf(placings);
    expectFound(faces, placings);
    const { a, b } = similarityTransform(faces[0]!.keypoints);
    const { a: a0, b: b0 } = portrait;
    const lean = ((Math.atan2(b, a) - Math.atan2(b0, a0)) * 180) / Math.PI;
    expect(Math.abs(((lean - angle + 540) % 360) - 180)).toBeLessThan(10);
  });

  it('lying beside one that stands', async () => {
    const placings = [await placed(250, 350, 110), await placed(720, 350, 110, { angle: -90 })];
    expectFound(await facesOf(placings), placings);
  });

  it('in a mirrored selfie', async () => {
    const placings = [await placed(500, 350, 150, { mirrored: true })];
    expectFound(await facesOf(placings), placings);
  });

  it.each([
    ['left', 25, 350],
    ['right', 975, 350],
    ['lower', 500, 680],
  ])('cut by the %s border', async (_, x, y) => {
    const placings = [await placed(x, y, 120)];
    const faces = await facesOf(placings);
    expect(faces).toHaveLength(1);
    const [{ box }] = faces as [DetectedFace];
    expect(Math.hypot(box.x + box.width / 2 - x, box.y + box.height / 2 - y)).toBeLessThan(60);
  });

  it('partly behind another', async () => {
    const placings = [await placed(400, 350, 130), await placed(560, 380, 130)];
    expect(await facesOf(placings)).toHaveLength(2);
  });

  it('forty times in a picture', async () => {
    const placings = await Promise.all(
      Array.from({ length: 40 }, (_, i) => placed(100 + 200 * (i % 8), 120 + 230 * Math.floor(i / 8), 40 + 10 * (i % 5), { mirrored: i % 2 === 1, angle: 5 * ((i % 5) - 2) })),
    );
    expectFound(await facesOf(placings, 1600, 1200), placings);
  });
});
