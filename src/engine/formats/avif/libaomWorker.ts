/** The thread of libaom.ts: loads the encoder, takes one picture, answers once with an AVIF of it. */
import loadAom, { type AVIFModule } from '@jsquash/avif/codec/enc/avif_enc.js';
import type { AomRequest } from './libaom';
import { encodeWithin, FINENESSES } from './sizeSearch';
import type { ThreadReply } from '../thread';

/** The encoder's codes. */
const SUBSAMPLING = { I400: 0, I420: 1, I422: 2, I444: 3 };
/** Quality of both colour and transparency from which the encoder loses nothing, and keeps RGB as it is. */
const LOSSLESS = 100;

/** From 0, the slowest, to 10. Against 4, 3 takes three times as long and gives 0.5 dB; 6 takes a sixth and loses 1.8 dB. */
function speedFor({ width, height }: AomRequest): number {
  const megapixels = (width * height) / 1e6;
  if (megapixels <= 1.2) return 4;
  return megapixels <= 5 ? 6 : 8;
}
const DRAFT_SPEED = 9;

self.onmessage = async ({ data }: MessageEvent<AomRequest>) => {
  const answer = (reply: ThreadReply): void => self.postMessage(reply);
  try {
    const aom = await loadAom({ noInitialRun: true });
    const { most } = data;
    const encodeAt = (speed: number, quality: number): Uint8Array<ArrayBuffer> => {
      answer({ kind: 'attempt' });
      return encodeOnce(aom, data, speed, quality);
    };
    const fine = (speed: number) => (fineness: number) => encodeAt(speed, Math.round((100 * fineness) / FINENESSES));
    const bytes = most === null ? encodeAt(speedFor(data), LOSSLESS) : encodeWithin(most, (fineness) => fine(DRAFT_SPEED)(fineness).length, fine(speedFor(data)));
    answer({ kind: 'done', bytes });
  } catch (error) {
    answer({ kind: 'failed', message: String(error) });
  }
};

function encodeOnce(aom: AVIFModule, { pixels, bits, width, height, format }: AomRequest, speed: number, quality: number): Uint8Array<ArrayBuffer> {
  const avif = aom.encode(new Uint8Array(pixels.buffer), width, height, {
    quality,
    qualityAlpha: quality === LOSSLESS ? LOSSLESS : -1, // there is none
    speed,
    subsample: SUBSAMPLING[format],
    bitDepth: bits,
    tune: 1, // for PSNR
    tileRowsLog2: 0,
    tileColsLog2: 0,
    denoiseLevel: 0,
    sharpness: 0,
    chromaDeltaQ: false,
    enableSharpYUV: false,
  });
  if (!avif) throw new Error('no picture');
  return new Uint8Array(avif);
}
