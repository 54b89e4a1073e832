/** Reads a PNG's header: size, whether it moves (APNG), colour profile. */
import { type ImageHeader, view } from './imageHeader';

export function readPngHeader(bytes: Uint8Array): ImageHeader {
  const data = view(bytes);
  const header: ImageHeader = { width: data.getUint32(16), height: data.getUint32(20), animated: false, quality: null, profile: null };
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = data.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'acTL') header.animated = true;
    if (type === 'iCCP') header.profile = content.subarray(content.indexOf(0) + 2); // after the name and the method
    if (type === 'IDAT') break;
    at += 12 + length;
  }
  return header;
}
