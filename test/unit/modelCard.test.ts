/** The model card's table of how far a cloak goes is what ships. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import network from '../../models/nullswap/network.json' with { type: 'json' };
import { strengths } from '../../src/shared/strengths';

const card = readFileSync('models/MODEL_CARD.md', 'utf8');

it.each([
  ['strain', 'strain of the warp'],
  ['distance', 'distance of the warp'],
  ['shade', 'shade: logarithm'],
  ['detail', "detail: share of the face's own"],
  ['tint', 'tint: added'],
  ['paint', 'paint: share of the visibility'],
  ['colour', 'colours of the paint'],
] as const)('%s', (name, row) => {
  const cells = card.split('\n').find((line) => line.startsWith(`| ${row}`))!.split('|').slice(2, -1).map(Number);
  expect(cells).toEqual(strengths.map((strength) => network.strengths[strength][name]));
});
