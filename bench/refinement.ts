/**
 * `npm run bench:refinement`: what one step of refinement costs beside the network that it goes on from: draw calls on WebGL (the
 * software renderer's, which are a graphics card's too), and time on one thread of wasm as a ratio of the two.
 */
import { EnginePage } from '../test/engine/harness';
import { markdownTable } from './table';

const page = await EnginePage.open();
try {
  const wasm = await page.run('costs', { backend: 'wasm' });
  const webgl = await page.run('costs', { backend: 'webgl-software' });
  const rows = (['network', 'step'] as const).map((of) => [
    of === 'network' ? 'the network' : 'a step of refinement',
    webgl[of].draws.toFixed(0),
    (wasm[of].ms / wasm.network.ms).toFixed(2),
  ]);
  console.log(markdownTable(['', 'draw calls on WebGL', 'time on wasm, of the network\'s'], rows));
} finally {
  await page.close();
}
