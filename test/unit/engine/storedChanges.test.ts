/** Changes turned to the rows of the file, for every orientation that EXIF has. */
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { STEPS_PER_LEVEL, type Change } from '../../../src/engine/formats/change';
import type { Size } from '../../../src/engine/pixels';
import { storedChanges } from '../../../src/engine/storedChanges';
import type { Box } from '../../../src/engine/types';

const PICTURE: Size = { width: 17, height: 11 };

/** Every value another one, and none of them 0. */
function changeOf(box: Box, first: number): Change {
  return { ...box, difference: Int16Array.from({ length: 3 * box.width * box.height }, (_, i) => STEPS_PER_LEVEL * (first + i)) };
}

const changes = [changeOf({ x: 2, y: 1, width: 5, height: 3 }, 1), changeOf({ x: 9, y: 4, width: 4, height: 7 }, 60)];

/** What changes make of a black picture. */
function drawn(changes: readonly Change[], { width, height }: Size): Buffer {
  const picture = Buffer.alloc(3 * width * height);
  for (const { x, y, difference, ...size } of changes) {
    difference.forEach((steps, i) => {
      const [column, row] = [x + (Math.floor(i / 3) % size.width), y + Math.floor(i / 3 / size.width)];
      picture[3 * (row * width + column) + (i % 3)] = steps / STEPS_PER_LEVEL;
    });
  }
  return picture;
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])('are shown by orientation %i where they were upright', async (orientation) => {
  const stored = orientation < 5 ? PICTURE : { width: PICTURE.height, height: PICTURE.width };
  const rows = drawn(storedChanges(changes, PICTURE, orientation), stored);
  const file = await sharp(rows, { raw: { ...stored, channels: 3 } }).withMetadata({ orientation }).png().toBuffer();
  const { data, info } = await sharp(file).rotate().raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject(PICTURE);
  expect(data.equals(drawn(changes, PICTURE))).toBe(true);
});

it('are the very same where nothing has to be turned', () => {
  expect(storedChanges(changes, PICTURE, 1)).toBe(changes);
});

it('leave what they are made of as it was', () => {
  const before = changes.map(({ difference }) => [...difference]);
  storedChanges(changes, PICTURE, 7);
  expect(changes.map(({ difference }) => [...difference])).toEqual(before);
});
