/** Windows' metafiles (WMF, EMF, EMF+): lists of what is to be drawn, in which photos may stand among lines. */

/** Records of WMF that hold a bitmap: [MS-WMF] 2.3.1, and the brushes made of one. */
const WMF_BITMAPS = [0x0922, 0x0940, 0x0b23, 0x0b41, 0x0d33, 0x0f43, 0x0142, 0x01f9];
/** Of EMF: [MS-EMF] 2.3.1, and the brush made of one. */
const EMF_BITMAPS = [76, 77, 78, 79, 80, 81, 94, 114, 116];
const EMF_COMMENT = 70;
const EMF_END = 14;
const EMF_PLUS = 0x2b464d45;
/** Of EMF+: an object, of the kind of an image ([MS-EMFPLUS] 2.3.5.1). */
const PLUS_OBJECT = 0x4008;
const PLUS_IMAGE = 5;

const PLACEABLE = 0x9ac6cdd7;
const PLACEABLE_LENGTH = 22;
const WMF_HEADER_LENGTH = 18;

/** Whether a metafile draws a bitmap anywhere. One whose records cannot be followed is taken to. */
export function holdsBitmap(bytes: Uint8Array): boolean {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return data.getUint32(0, true) === 1 ? emfHoldsBitmap(data) : wmfHoldsBitmap(data);
  } catch {
    return true; // ends within a record
  }
}

function wmfHoldsBitmap(data: DataView): boolean {
  for (let at = WMF_HEADER_LENGTH + (data.getUint32(0, true) === PLACEABLE ? PLACEABLE_LENGTH : 0); ; ) {
    const [words, kind] = [data.getUint32(at, true), data.getUint16(at + 4, true)];
    if (kind === 0) return false;
    if (words < 3 || WMF_BITMAPS.includes(kind)) return true;
    at += 2 * words;
  }
}

function emfHoldsBitmap(data: DataView): boolean {
  for (let at = 0; ; ) {
    const [kind, length] = [data.getUint32(at, true), data.getUint32(at + 4, true)];
    if (kind === EMF_END) return false;
    if (length < 8 || EMF_BITMAPS.includes(kind)) return true;
    if (kind === EMF_COMMENT && length >= 16 && data.getUint32(at + 12, true) === EMF_PLUS && plusHoldsImage(data, at + 16, at + length)) return true;
    at += length;
  }
}

function plusHoldsImage(data: DataView, start: number, end: number): boolean {
  for (let at = start; at + 12 <= end; ) {
    const [kind, flags, length] = [data.getUint16(at, true), data.getUint16(at + 2, true), data.getUint32(at + 4, true)];
    if (length < 12 || (kind === PLUS_OBJECT && ((flags >> 8) & 0x7f) === PLUS_IMAGE)) return true;
    at += length;
  }
  return false;
}
