/** Retouch fields: how far they go, where, how alike on both sides, and their gradients. */
import '@tensorflow/tfjs-backend-cpu';
import { add, div, fill, grads, mul, randomNormal, reverse, setBackend, sub, sum, tensor4d, zeros, type Rank, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import network from '../../../models/nullswap/network.json' with { type: 'json' };
import { fieldNames, RetouchFields, type Bounds, type FieldName, type FieldTensors, type Retouchable } from '../../../src/engine/cloak/fields';
import { Paint } from '../../../src/engine/cloak/paint';
import type { NetworkDescription } from '../../../src/engine/cloak/weights';
import { neighboursOf } from '../../../src/engine/differentiable';

const description = network as unknown as NetworkDescription;
const { grids } = description.fields;
const SIZE = 32;
const BOUNDS: Bounds = { strain: 0.15, distance: 0.045, shade: 0.1, detail: 0.4, tint: 0.02 };

/** What is said of places a few pixels wide: skin, hair. */
const WORKING_SIZE = description.input.working_size;

let retouch: RetouchFields;
let atWorkingSize: RetouchFields;
beforeAll(async () => {
  await setBackend('cpu');
  const paint = new Paint(description);
  const retouchOf = (size: number): RetouchFields => new RetouchFields(description.fields, (picture) => paint.lumaChroma(picture), size);
  [retouch, atWorkingSize] = [retouchOf(SIZE), retouchOf(WORKING_SIZE)];
});

const SKIN = [0.78, 0.6, 0.5] as const;

/** Skin that is shaded and grained a little, all of it smoothly. */
function skinPicture(size = SIZE): Tensor4D {
  return pictureOf((u, v) => SKIN.map((level, i) => level + 0.06 * Math.sin(5 * u + i) * Math.cos(4 * v) + 0.015 * Math.sin(17 * u + 13 * v + i)), size);
}

/** @param colour red, green and blue, at a place in shares of the side */
function pictureOf(colour: (u: number, v: number) => readonly number[], size = SIZE): Tensor4D {
  const values = Array.from({ length: size * size }, (_, i) => colour(((i % size) + 0.5) / size, (Math.floor(i / size) + 0.5) / size));
  return tensor4d(values.flat(), [1, size, size, 3]);
}

function faceOf(picture: Tensor4D, symmetry = 0.5): Retouchable {
  return { neighbours: neighboursOf(picture), places: retouch.placesOf(picture), symmetry };
}

const shapeOf = (name: FieldName): Tensor4D['shape'] => [1, grids[name].side, grids[name].side, grids[name].channels];
const randomField = (name: FieldName, deviation: number, seed = 1): Tensor4D => randomNormal<Rank.R4>(shapeOf(name), 0, deviation, 'float32', seed);

/** Nothing but what is given, and a trace of warp. */
function fieldsOf(given: Partial<FieldTensors> = {}): FieldTensors {
  return { warp: randomField('warp', 1e-6), shade: zeros(shapeOf('shade')), detail: zeros(shapeOf('detail')), tint: zeros(shapeOf('tint')), ...given };
}

function largest(x: Tensor): number {
  return x.dataSync<'float32'>().reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Strain and distance, as training/fields.py defines them, computed one place at a time. */
function extentOf(displacement: Tensor4D): { strain: number; distance: number } {
  const [rows] = displacement.arraySync() as [number[][][]];
  const at = (row: number, column: number): [number, number] => rows[row]![column] as [number, number];
  const between = (a: [number, number], b: [number, number]): number => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
  const highMean = (values: number[]): number => (values.reduce((total, value) => total + value ** 6, 0) / values.length) ** (1 / 6);
  const strains: number[] = [];
  for (let row = 1; row < SIZE; row++) {
    for (let column = 1; column < SIZE; column++) {
      strains.push(SIZE * Math.sqrt(between(at(row, column), at(row, column - 1)) + between(at(row, column), at(row - 1, column))));
    }
  }
  return { strain: highMean(strains), distance: highMean(rows.flat().map(([x, y]) => Math.hypot(x!, y!))) };
}

describe('the warp', () => {
  const displaced = (warp: Tensor4D, symmetry: number, bounds = BOUNDS): Tensor4D => retouch.displacement(warp, faceOf(skinPicture(), symmetry), bounds);

  it.each([
    ['large', 10, 3],
    ['huge', 1e4, 4],
    ['random at a quarter of the size', 0.25, 5],
  ])('goes up to its bounds and no farther, its parameters being %s', (_, deviation, seed) => {
    for (const symmetry of [0, 0.5, 1]) {
      const { strain, distance } = extentOf(displaced(randomField('warp', deviation, seed), symmetry));
      expect(strain).toBeLessThan(1.0005 * BOUNDS.strain);
      expect(distance).toBeLessThan(1.0005 * BOUNDS.distance);
      // one of the two is what stopped it
      expect(Math.max(strain / BOUNDS.strain, distance / BOUNDS.distance)).toBeGreaterThan(0.9995);
    }
  });

  it.each([
    ['strain', { ...BOUNDS, strain: 0.02 }],
    ['distance', { ...BOUNDS, strain: 2 }],
  ] as const)('is stopped by %s where that is the closer bound, and keeps its shape', (name, bounds) => {
    const warp = randomField('warp', 1, 3);
    const [free, stopped] = [displaced(warp, 1, { ...BOUNDS, strain: 1e6, distance: 1e6 }), displaced(warp, 1, bounds)];
    expect(extentOf(stopped)[name]).toBeCloseTo(bounds[name], 5);
    const factor = extentOf(stopped)[name] / extentOf(free)[name];
    expect(factor).toBeLessThan(0.5);
    expect(largest(sub(stopped, mul(free, factor)))).toBeLessThan(1e-5);
  });

  it('is proportional to its parameters below its bounds', () => {
    const warp = randomField('warp', 0.002);
    const [once, twice] = [displaced(warp, 0.7), displaced(mul(warp, 2), 0.7)];
    expect(largest(once)).toBeGreaterThan(1e-3);
    expect(extentOf(twice).strain).toBeLessThan(0.9 * BOUNDS.strain);
    expect(largest(sub(twice, mul(once, 2)))).toBeLessThan(1e-6);
  });

  /** How far it is from being its own mirror image, in which what goes to the right goes to the left. */
  const lopsidedness = (displacement: Tensor4D): number => {
    const mirrored = mul(reverse(displacement, 2), tensor4d([-1, 1], [1, 1, 1, 2]));
    return largest(sub(displacement, mirrored)) / largest(displacement);
  };

  it('is the same on the left and on the right of a face that looks straight ahead, the less so the more that is turned away', () => {
    const [turned, between, straight] = [0, 0.5, 1].map((symmetry) => lopsidedness(displaced(randomField('warp', 0.01), symmetry)));
    expect(straight!).toBeLessThan(1e-4);
    expect(between!).toBeGreaterThan(0.1);
    expect(turned!).toBeGreaterThan(1.2 * between!);
  });

  it.each([
    ['brows frown', [0.455, 0.4], [0.315, 0.4]],
    ['brows come down', [0.385, 0.4], [0.389, 0.473]],
    ['eyes slant', [0.437, 0.473], [0.337, 0.473]],
    ['mouths smile', [0.41, 0.727], [0.5, 0.727]],
  ] as const)('lets no %s', (_, one, other) => {
    const [rows] = atWorkingSize.displacement(randomField('warp', 1, 6), { ...faceOf(skinPicture()), places: atWorkingSize.placesOf(skinPicture(WORKING_SIZE)) }, BOUNDS).arraySync() as [number[][][]];
    const down = ([x, y]: readonly [number, number], mirrors: boolean): number => rows[Math.floor(y * WORKING_SIZE)]![Math.floor((mirrors ? 1 - x : x) * WORKING_SIZE)]![1]!;
    const most = Math.max(...rows.flat().map(([, y]) => Math.abs(y!)));
    for (const mirrors of [false, true]) expect(Math.abs(down(one, mirrors) - down(other, mirrors))).toBeLessThan(0.12 * most);
  });

  it('ends within the face: corners and borders of the crop stay', () => {
    const [rows] = displaced(randomField('warp', 100), 0).arraySync() as [number[][][]];
    for (let i = 0; i < SIZE; i++) {
      for (const [row, column] of [[0, i], [SIZE - 1, i], [i, 0], [i, SIZE - 1]] as const) expect(rows[row]![column]!.map(Math.abs)).toEqual([0, 0]);
    }
  });
});

describe('places', () => {
  /** Skin where a face has it, with a blue wall on its left and grainy black hair above. */
  const portrait = (): Tensor4D =>
    pictureOf((u, v) => {
      if (v < 0.3) return [0.1, 0.08, 0.06].map((level, i) => level + 0.09 * (1 + Math.sin(330 * u + i) * Math.cos(290 * v)));
      return u < 0.28 ? [0.2, 0.3, 0.7] : SKIN;
    }, WORKING_SIZE);
  const shareAt = (places: Tensor4D, u: number, v: number): number => {
    const size = places.shape[1];
    return places.arraySync()[0]![Math.floor(v * size)]![Math.floor(u * size)]![0]!;
  };

  it('are shares from 0 to 1, none in the corners', () => {
    for (const picture of [skinPicture(), randomNormal<Rank.R4>([1, SIZE, SIZE, 3], 0.5, 0.3, 'float32', 6), fill<Rank.R4>([1, SIZE, SIZE, 3], 0.5)]) {
      for (const places of Object.values(retouch.placesOf(picture)) as Tensor4D[]) {
        const values = places.dataSync<'float32'>();
        expect(values.every((value) => value >= 0 && value <= 1.00001)).toBe(true);
        for (const corner of [0, SIZE - 1, SIZE * (SIZE - 1), SIZE * SIZE - 1]) expect(values[corner]).toBe(0);
      }
    }
  });

  it('tell skin from the wall and the hair beside it', () => {
    const { face, skin, plain } = atWorkingSize.placesOf(portrait());
    expect(shareAt(face, 0.5, 0.55)).toBe(1);
    for (const places of [skin, plain]) expect(shareAt(places, 0.55, 0.6)).toBeGreaterThan(0.95);
    for (const [u, v] of [[0.22, 0.5], [0.5, 0.24]] as const) {
      expect(shareAt(face, u, v)).toBeGreaterThan(0.3);
      expect(shareAt(skin, u, v) / shareAt(face, u, v)).toBeLessThan(description.fields.skin_floor + 0.1);
      expect(shareAt(plain, u, v) / shareAt(face, u, v)).toBeLessThan(description.fields.detail_floor + 0.1);
    }
  });

  it('of the warp do not depend on the picture', () => {
    expect(largest(sub(atWorkingSize.placesOf(portrait()).face, atWorkingSize.placesOf(skinPicture(WORKING_SIZE)).face))).toBe(0);
  });

  it('have less detail changed on what is rough', () => {
    const rough = pictureOf((u, v) => SKIN.map((level) => level + 0.25 * Math.sign(Math.sin(150 * u) * Math.sin(150 * v))), WORKING_SIZE);
    const at = (picture: Tensor4D): number => shareAt(atWorkingSize.placesOf(picture).plain, 0.5, 0.54);
    expect(at(rough)).toBeLessThan(0.6 * at(skinPicture(WORKING_SIZE)));
  });

  describe('of light', () => {
    const gain = (picture: Tensor4D, field: number): number[][] => {
      const shaded = retouch.retouched(fieldsOf({ shade: fill(shapeOf('shade'), field) }), faceOf(picture, 1), BOUNDS).retouched;
      return (div(shaded, picture).arraySync() as number[][][][])[0]!.map((row) => row.map(([red]) => red!));
    };

    it('are the skin: it becomes brighter up to its bound, or darker, and what is beside it by the floor at most', () => {
      const flat = pictureOf((u) => (u < 0.28 ? [0.2, 0.3, 0.7] : SKIN));
      const [brighter, darker] = [gain(flat, 50), gain(flat, -50)];
      const [row, cheek, wall] = [Math.floor(0.55 * SIZE), Math.floor(0.6 * SIZE), Math.floor(0.21 * SIZE)];
      expect(brighter[row]![cheek]!).toBeCloseTo(Math.exp(BOUNDS.shade), 3);
      expect(darker[row]![cheek]!).toBeCloseTo(Math.exp(-BOUNDS.shade), 3);
      expect(brighter[row]![wall]! - 1).toBeGreaterThan(0);
      expect(brighter[row]![wall]! - 1).toBeLessThan((description.fields.skin_floor + 0.05) * BOUNDS.shade);
      expect(brighter[0]![0]).toBeCloseTo(1, 6);
    });
  });
});

describe('a face that is retouched', () => {
  it('stays as it is where all parameters are nothing', () => {
    const picture = skinPicture();
    for (const symmetry of [0, 1]) {
      const { bent, retouched } = retouch.retouched(fieldsOf(), faceOf(picture, symmetry), BOUNDS);
      expect(largest(sub(bent, picture))).toBeLessThan(1e-5);
      expect(largest(sub(retouched, picture))).toBeLessThan(1e-5);
    }
  });

  it('stays as it is where nothing is allowed, whatever the parameters', () => {
    const picture = skinPicture();
    const wild = Object.fromEntries(fieldNames.map((name) => [name, randomField(name, 3)])) as FieldTensors;
    const { retouched } = retouch.retouched(wild, faceOf(picture, 0.5), { strain: 0, distance: 0, shade: 0, detail: 0, tint: 0 });
    expect(largest(sub(retouched, picture))).toBeLessThan(1e-5);
  });

  it('has its detail made stronger or weaker, and what is smooth left', () => {
    const [smooth, ripple] = [SKIN, 0.02];
    const picture = pictureOf((u, v) => smooth.map((level) => level + ripple * Math.sin(2 * Math.PI * (8 * u + 8 * v))));
    const contrast = (detail: number): number => {
      const { retouched } = retouch.retouched(fieldsOf({ detail: fill(shapeOf('detail'), detail) }), faceOf(picture, 1), BOUNDS);
      const reds = (retouched.arraySync() as number[][][][])[0]!.slice(14, 20).flatMap((row) => row.slice(13, 19).map(([red]) => red!));
      expect(reds.reduce((total, red) => total + red, 0) / reds.length).toBeCloseTo(smooth[0], 2);
      return Math.max(...reds) - Math.min(...reds);
    };
    expect(contrast(20) / contrast(0)).toBeGreaterThan(1.1);
    expect(contrast(-20) / contrast(0)).toBeLessThan(0.9);
  });

  it('has its tint changed but not its luma', () => {
    const picture = skinPicture();
    const tint = mul<Tensor4D>(fill<Rank.R4>(shapeOf('tint'), 50), tensor4d([1, -1], [1, 1, 1, 2]));
    const { retouched } = retouch.retouched(fieldsOf({ tint }), faceOf(picture, 1), BOUNDS);
    const [red, green, blue] = (sub(retouched, picture).arraySync() as number[][][][])[0]![17]![17] as [number, number, number];
    expect(blue).toBeCloseTo(1.772 * BOUNDS.tint, 3);
    expect(red).toBeCloseTo(-1.402 * BOUNDS.tint, 3);
    expect(0.299 * red + 0.587 * green + 0.114 * blue).toBeCloseTo(0, 4);
  });

  describe('has the gradients of its finite differences', () => {
    const DIRECTIONS = 2;

    it.each([
      ['below the bounds of its warp', 0.004, 0.3],
      ['at the bounds of its warp', 1, 1],
    ])('%s', (_, warp, symmetry) => {
      const face = faceOf(skinPicture(), symmetry);
      // smooth, as the picture is: what is bilinear between pixels has a gradient that jumps from each pair of pixels to the next
      const counts = pictureOf((u, v) => [0, 1, 2].map((channel) => Math.cos(5 * u + channel) * Math.sin(4 * v + 2 * channel)));
      const start = fieldNames.map((name, i) => randomField(name, name === 'warp' ? warp : 0.5, 10 + i));
      const counted = (...at: Tensor[]): Tensor => {
        const fields = Object.fromEntries(fieldNames.map((name, i) => [name, at[i]])) as FieldTensors;
        return sum(mul(retouch.retouched(fields, face, BOUNDS).retouched, counts));
      };
      const gradients = grads(counted)(start);
      fieldNames.forEach((name, i) => {
        // with the size of the steps the differences are ruled by rounding if they are small and by the kinks between pixels if they are large
        const step = name === 'warp' ? 0.02 * warp : 0.05;
        const offs = Array.from({ length: DIRECTIONS }, (_, seed) => {
          const direction = randomField(name, 1, 20 + seed);
          const at = (by: number): number => counted(...start.map((field, j) => (j === i ? add(field, mul(direction, by)) : field))).dataSync()[0]!;
          return { found: sum(mul(gradients[i]!, direction)).dataSync()[0]!, expected: (at(step) - at(-step)) / (2 * step) };
        });
        const length = Math.hypot(...offs.map(({ expected }) => expected));
        expect(length).toBeGreaterThan(0);
        expect(Math.hypot(...offs.map(({ found, expected }) => found - expected)) / length, name).toBeLessThan(0.01);
      });
    });
  });
});
