/** A picture with its changes, read in places. */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/engine/formats/change';
import { ChangedPicture } from '../../../src/engine/picture';
import { addChange, type Pixels, type PixelSource } from '../../../src/engine/pixels';
import type { Box } from '../../../src/engine/types';
import { isIn, stepsOf } from './retouch';

const WIDTH = 12;
const HEIGHT = 9;
const ALPHA = 7;
const levelAt = (x: number, y: number, channel: number): number => (channel === 3 ? ALPHA : 40 + 10 * x + 5 * y + channel);

const picture: PixelSource = {
  width: WIDTH,
  height: HEIGHT,
  read: ({ x, y, width, height }: Box): Pixels => {
    const data = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => levelAt(x + (Math.floor(i / 4) % width), y + Math.floor(i / 4 / width), i % 4));
    return { x, y, width, height, data };
  },
};

const changeOf = (box: Box, first: number): Change => ({ ...box, difference: stepsOf(Array.from({ length: 3 * box.width * box.height }, (_, i) => first + i)) });

/** One pixel at a time. */
function expected(box: Box, changes: readonly Change[]): number[] {
  return Array.from({ length: 4 * box.width * box.height }, (_, i) => {
    const [x, y, channel] = [box.x + (Math.floor(i / 4) % box.width), box.y + Math.floor(i / 4 / box.width), i % 4];
    const change = channel < 3 && changes.find((change) => isIn(change, x, y));
    if (!change) return levelAt(x, y, channel);
    const steps = change.difference[3 * ((y - change.y) * change.width + x - change.x) + channel]!;
    return Math.min(255, Math.max(0, Math.round(levelAt(x, y, channel) + steps / 64)));
  });
}

describe('a changed picture', () => {
  const changes = [changeOf({ x: 1, y: 2, width: 4, height: 3 }, 5), changeOf({ x: 6, y: 0, width: 3, height: 8 }, -30)];
  const changed = new ChangedPicture(picture, changes);

  it('is as large as the picture', () => {
    expect([changed.width, changed.height]).toEqual([WIDTH, HEIGHT]);
  });

  it.each([
    ['all of it', { x: 0, y: 0, width: WIDTH, height: HEIGHT }],
    ['a part across both changes', { x: 3, y: 1, width: 5, height: 3 }],
    ['a part within one change', { x: 2, y: 3, width: 2, height: 1 }],
    ['a part beside them', { x: 10, y: 2, width: 2, height: 4 }],
  ])('is read with what lies in the part: %s', (_, box) => {
    const { data, ...place } = changed.read(box);
    expect(place).toEqual(box);
    expect([...data]).toEqual(expected(box, changes));
  });

  it('leaves the picture as it was', () => {
    changed.read({ x: 0, y: 0, width: WIDTH, height: HEIGHT });
    expect([...picture.read({ x: 1, y: 2, width: 1, height: 1 }).data]).toEqual([0, 1, 2, 3].map((channel) => levelAt(1, 2, channel)));
  });

  it('rounds to the nearest level, and ends at 0 and 255', () => {
    const steps = Int16Array.of(31, 33, -33, 255 * 64, -255 * 64, 64);
    const { data } = new ChangedPicture(picture, [{ x: 4, y: 0, width: 2, height: 1, difference: steps }]).read({ x: 4, y: 0, width: 2, height: 1 });
    expect([...data]).toEqual([levelAt(4, 0, 0), levelAt(4, 0, 1) + 1, levelAt(4, 0, 2) - 1, ALPHA, 255, 0, levelAt(5, 0, 2) + 1, ALPHA]);
  });
});

describe('a change that lies on the pixels in part', () => {
  const box = { x: 4, y: 3, width: 5, height: 4 };
  const corners = [-2, 1, 3].flatMap((right) => [-2, 1, 2].map((down) => ({ right, down })));

  it.each(corners)('is added to that part: $right to the right and $down down', ({ right, down }) => {
    const change = changeOf({ x: box.x + right, y: box.y + down, width: 4, height: 4 }, 1);
    const pixels = picture.read(box);
    addChange(pixels, change);
    expect([...pixels.data]).toEqual(expected(box, [change]));
    expect([...pixels.data]).not.toEqual([...picture.read(box).data]);
  });

  it.each([[-4, 0], [5, 0], [0, -4], [0, 4]])('is not where it lies beside them (%i, %i)', (right, down) => {
    const pixels = picture.read(box);
    addChange(pixels, changeOf({ x: box.x + right, y: box.y + down, width: 4, height: 4 }, 1));
    expect([...pixels.data]).toEqual([...picture.read(box).data]);
  });

  it('may reach beyond the picture', () => {
    const pixels = picture.read({ x: 0, y: 0, width: 3, height: 3 });
    const change = changeOf({ x: -2, y: -1, width: 4, height: 3 }, 1);
    addChange(pixels, change);
    expect([...pixels.data]).toEqual(expected({ x: 0, y: 0, width: 3, height: 3 }, [change]));
  });
});
