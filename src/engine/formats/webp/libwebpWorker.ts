/** The thread of libwebp.ts: decodes a lossless WebP, changes it and encodes it again, without loss. */
import loadDecoder from '@jsquash/webp/codec/dec/webp_dec.js';
import loadEncoder from '@jsquash/webp/codec/enc/webp_enc_simd.js';
import { defaultOptions } from '@jsquash/webp/meta.js';
import { addChange } from '../../pixels';
import type { LosslessRequest } from './libwebp';
import type { ThreadReply } from '../thread';

self.onmessage = async ({ data: { webp, changes } }: MessageEvent<LosslessRequest>) => {
  const answer = (reply: ThreadReply): void => self.postMessage(reply);
  try {
    const picture = (await loadDecoder({ noInitialRun: true })).decode(webp);
    if (!picture) throw new Error('not decoded');
    const { width, height } = picture;
    const pixels = { x: 0, y: 0, width, height, data: new Uint8ClampedArray(picture.data) };
    for (const change of changes) addChange(pixels, change);
    // exact: the colours of what is fully transparent are kept
    const bytes = (await loadEncoder({ noInitialRun: true })).encode(pixels.data, width, height, { ...defaultOptions, lossless: 1, exact: 1 });
    if (!bytes) throw new Error('no picture');
    answer({ kind: 'done', bytes: new Uint8Array(bytes) });
  } catch (error) {
    answer({ kind: 'failed', message: String(error) });
  }
};
