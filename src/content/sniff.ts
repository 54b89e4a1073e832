/** Tells by a file's first bytes whether it can be a picture made of pixels. Names and types can lie or be missing. */

const HEAD = 32;

/** ISO base media brands of still pictures: HEIF and AVIF families. */
const BRANDS = /^(avif|avis|heic|heix|heim|heis|hevc|hevx|mif1|msf1|jxl )$/;

export async function canBePicture(file: Blob): Promise<boolean> {
  try {
    return isPictureHead(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
  } catch {
    return true; // cannot be read now, but perhaps when the page does: the engine will say
  }
}

export function isPictureHead(head: Uint8Array): boolean {
  const text = String.fromCharCode(...head);
  return (
    text.startsWith('\xff\xd8\xff') || // JPEG
    text.startsWith('\x89PNG\r\n\x1a\n') ||
    (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') ||
    text.startsWith('GIF8') ||
    text.startsWith('BM') ||
    text.startsWith('II*\0') || // TIFF
    text.startsWith('MM\0*') ||
    text.startsWith('\xff\x0a') || // JPEG XL, bare and boxed
    text.slice(4, 12) === 'JXL \r\n\x87\n' ||
    text.startsWith('\0\0\x01\0') || // ICO
    (text.slice(4, 8) === 'ftyp' && BRANDS.test(text.slice(8, 12)))
  );
}
