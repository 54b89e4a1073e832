/** Hosts the engine in Chrome. */
import { FaceDetector } from '../engine/detect/faceDetector';
import type { EngineMessage } from '../shared/messages';
import { browser } from '../shared/browser';

const detector = FaceDetector.load(new URL(browser.runtime.getURL('')));

browser.runtime.onMessage.addListener((raw: unknown) => {
  const message = raw as EngineMessage;
  if (message.to !== 'engine' || message.type !== 'detect') return undefined;
  return (async () => {
    try {
      const bitmap = await createImageBitmap(message.file, { imageOrientation: 'from-image' });
      const t0 = performance.now();
      const faces = (await detector).detect(bitmap);
      const ms = performance.now() - t0;
      return { ok: true, value: { width: bitmap.width, height: bitmap.height, faces, ms } };
    } catch (error) {
      return { ok: false, error: { code: 'engine', message: String(error) } };
    }
  })();
});
