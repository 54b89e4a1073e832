/** Sixty uploads while parts of the extension end at random; `npm run bench:soak` makes a thousand. */
import { expect, it } from 'vitest';
import { soak, type Upload } from './support/soak';

it('loses nothing, doubles nothing and lets no original out, whatever ends', { timeout: 600_000 }, async () => {
  const uploads = await soak({ uploads: 60, seed: 15 });
  const those = (is: (upload: Upload) => boolean): Upload[] => uploads.filter(is);
  expect(uploads).toHaveLength(60);
  expect(those(({ isOriginalOut }) => isOriginalOut)).toEqual([]);
  expect(those(({ isLost }) => isLost)).toEqual([]);
  expect(those(({ isHung }) => isHung)).toEqual([]);
  expect(those(({ copies }) => copies !== 1)).toEqual([]);
  // one fault is nobody's business but the extension's own, unless its process has ended, under this upload or another
  const isGone = ({ said }: Upload): boolean => said.some((words) => words.includes('NullSwap has stopped'));
  expect(those((upload) => upload.asked > 0 && upload.faultsMeanwhile < 2 && upload.fault !== 'process' && !isGone(upload))).toEqual([]);
});
