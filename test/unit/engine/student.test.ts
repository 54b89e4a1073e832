import { Float16Array } from '@petamoriken/float16';
import { expect, it } from 'vitest';
import type { ConvertedMobileFaceNet } from '../../../scripts/mobileFaceNet';
import { student, type StudentDescription } from '../../../scripts/student';

const bytes = (values: number[]): Uint8Array => new Uint8Array(Float16Array.from(values).buffer);

const base: ConvertedMobileFaceNet = {
  description: {
    format: 2,
    size: 112,
    box: [0, 0, 112, 112],
    strides: [],
    parts: [1],
    tensors: [
      { name: 'stem.kernel', shape: [2], offset: 0 },
      { name: 'stem.slope', shape: [1], offset: 2 },
      { name: 'head.kernel', shape: [2, 1], offset: 3 },
      { name: 'head.bias', shape: [1], offset: 5 },
    ],
  },
  weights: bytes([1, 2, 0.25, 7, 8, 9]),
};
const description: StudentDescription = {
  format: 1,
  parts: [1, 1],
  tensors: [
    { name: 'stem.kernel', shape: [2], offset: 0 },
    { name: 'head.kernel', shape: [2, 2], offset: 2 },
    { name: 'head.bias', shape: [2], offset: 6 },
  ],
};
const change = bytes([0.5, -0.5, 1, 2, 3, 4, 5, 6]);

it('is what MobileFaceNet is and what training changed, with a head of its own', () => {
  const { description: made, weights } = student(base, description, change);
  expect([...new Float16Array(weights.buffer)]).toEqual([1.5, 1.5, 0.25, 1, 2, 3, 4, 5, 6]);
  expect(made.parts).toEqual([1, 1]);
  expect(made.tensors.map(({ name, shape, offset }) => [name, shape.join(), offset])).toEqual([
    ['stem.kernel', '2', 0],
    ['stem.slope', '1', 2],
    ['head.kernel', '2,2', 3],
    ['head.bias', '2', 7],
  ]);
});

it('is not made of another network or another format', () => {
  expect(() => student(base, { ...description, format: 2 }, change)).toThrow('format 2');
  const renamed = description.tensors.map((entry, i) => (i ? entry : { ...entry, name: 'stern.kernel' }));
  expect(() => student(base, { ...description, tensors: renamed }, change)).toThrow('stern.kernel');
  const longer = description.tensors.map((entry, i) => (i ? entry : { ...entry, shape: [3] }));
  expect(() => student(base, { ...description, tensors: longer }, change)).toThrow('stem.kernel does not fit');
});
