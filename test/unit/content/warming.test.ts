import { describe, expect, it, vi } from 'vitest';

vi.mock('../../../src/shared/engine-client', () => ({ warmEngine: () => {} }));
const { mayTakePictures } = await import('../../../src/content/warming');

describe('a chooser', () => {
  it.each(['', 'image/*', 'IMAGE/PNG', '.pdf, .JPG', 'video/*,image/jpeg', '*/*', '.heic', ' , ', '.tif'])('that may take pictures: “%s”', (accept) => expect(mayTakePictures(accept)).toBe(true));
  it.each(['.zip', 'application/pdf', 'video/*', 'audio/mp3,.wav', '.jpgx', 'text/plain'])('that takes none: “%s”', (accept) => expect(mayTakePictures(accept)).toBe(false));
});
