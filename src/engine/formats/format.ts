/** What the engine has to know of a picture format. Each is a folder beside this file; `registry.ts` lists them. */
import type { MetadataEditor } from '../metadata/metadata';
import type { Change } from './change';
import type { Watch } from './thread';

export interface ImageHeader {
  /** Pixels as stored, before any orientation is applied. */
  width: number;
  height: number;
  /** Whether it is cloaked frame by frame. */
  animated: boolean;
  /** Quality that the encoder was given, 1 to 100, as far as the file tells; null for lossless files. */
  quality: number | null;
  /** The colour profile (ICC) where there is one; PNG's is still compressed by zlib. */
  profile: Uint8Array | null;
  /** How browsers turn the stored rows, as EXIF numbers it, 1 to 8. */
  orientation: number;
  /** Four inks, which the browser turns into red, green and blue. */
  isCmyk?: boolean;
}

/** Of a format whose files tell no more. */
export function plainHeader(width: number, height: number): ImageHeader {
  return { width, height, animated: false, quality: null, profile: null, orientation: 1 };
}

/**
 * What may differ from what was meant. `edited`: nothing but the faces changed; `inked`: likewise, and the inks' profile takes part of the change back;
 * `contained`: what is around them does, hardly; `encoded`: everything does, a little.
 */
export type Fidelity = 'edited' | 'inked' | 'contained' | 'encoded';

/** What comes of a damaged file when it is written so that programs take it. */
export interface Mended {
  parts: Uint8Array<ArrayBuffer>[];
  /** Whether the picture ends before all of it is told. */
  isCutOff: boolean;
  /** Whether it goes on for ever, for its decoder to show what there is. */
  isEndless?: boolean;
}

/** Methods throw `Unreadable`, or a `RangeError` past the end, where they do not take the file; those with a `Watch` the signal's reason. */
export interface Format {
  /** Which browsers decode it: every one every file, so that what does not decode is damaged; most of them most files, but for kinds of their own; or only some. */
  decodedBy: 'every' | 'most' | 'some';
  /** Null where the header says nothing. Throws `RangeError` where it is cut off. */
  readHeader?(bytes: Uint8Array): ImageHeader | null;
  /** The file without anything that turns its picture, in pieces. */
  bare?(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>[];
  /** Of a file that is damaged or cut off, and that a page shows though programs get an error: what to try in turn. */
  mended?(bytes: Uint8Array<ArrayBuffer>): Mended[];
  /** How stills are written; what has none can be looked at only. */
  still?: StillWriter;
  /** What the file says beside its picture, by the policy; its pixels as they are, byte for byte. Missing where a file has no place for it. */
  withMetadata?(bytes: Uint8Array<ArrayBuffer>, metadata: MetadataEditor): BlobPart[] | Promise<BlobPart[]>;
  /** Missing where animations cannot be written. */
  openAnimation?(bytes: Uint8Array): AnimationEditor;
  /** What differs in an animation. */
  animationFidelity?: Fidelity;
}

export interface StillWriter {
  fidelity(header: ImageHeader): Fidelity;
  /** @param changes in pixels as stored */
  edit(bytes: Uint8Array<ArrayBuffer>, changes: readonly Change[], metadata: MetadataEditor, watch: Watch): BlobPart[] | Promise<BlobPart[]>;
  /** Written anew where it cannot be edited, as it is cut off or damaged. Missing, or null, where that cannot be either. */
  rewrite?(source: Uint8Array<ArrayBuffer>, header: ImageHeader): Rewrite | null;
}

export interface Rewrite {
  fidelity: Fidelity;
  /** @param canvas the changed picture as stored */
  write(canvas: OffscreenCanvas, metadata: MetadataEditor): Promise<BlobPart[]>;
}

/** Changes an animation frame by frame. */
export interface AnimationEditor {
  /** Of its frames. */
  readonly count: number;
  /** @param changes in pixels of the whole picture, as its file stores them */
  change(frame: number, changes: readonly Change[]): Promise<void>;
  finish(metadata: MetadataEditor): BlobPart[] | Promise<BlobPart[]>;
}
