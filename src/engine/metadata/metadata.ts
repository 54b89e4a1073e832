/**
 * Decides what a cloaked file keeps of its source's metadata and notes it for the report. Whatever the policy, two things go:
 * copies of the picture as it was (previews, depth maps, the still of a motion photo), for they show the face uncloaked; and
 * content credentials (C2PA), whose signature an edited picture breaks.
 */
import type { MetadataPolicy } from '../../shared/metadataPolicies';
import { orientationOnly, readOrientation, scrubExif, setUpright } from './exif';
import { scrubPhotoshop } from './photoshop';
import { scrubXmp } from './xmp';

/** In users' words: the report and the notice show them. */
export type MetadataKind =
  | 'camera data' // EXIF
  | 'description' // XMP, IPTC, texts
  | 'location'
  | 'device serials'
  | 'preview pictures'
  | 'content credentials'
  | 'other';

export interface MetadataReport {
  kept: MetadataKind[];
  dropped: MetadataKind[];
}

/** Edits the pieces of one file's metadata by the policy. Null: leave it out. */
export class MetadataEditor {
  private readonly kept = new Set<MetadataKind>();
  private readonly dropped = new Set<MetadataKind>();

  /** @param upright whether the new file's pixels are turned as the orientation says, so that it says so no more */
  constructor(
    private readonly policy: MetadataPolicy,
    private readonly upright = false,
  ) {}

  get report(): MetadataReport {
    return { kept: [...this.kept].sort(), dropped: [...this.dropped].sort() };
  }

  /** @param tiff a block of EXIF without any container's signature */
  exif(tiff: Uint8Array): Uint8Array | null {
    const orientation = this.upright ? 1 : readOrientation(tiff);
    const scrubbed = this.policy === 'none' ? null : scrubExif(tiff, this.policy, (kind) => this.drop(kind));
    if (scrubbed && this.upright) setUpright(scrubbed);
    if (scrubbed) this.keep('camera data');
    else this.drop('camera data');
    return scrubbed ?? (orientation === 1 ? null : orientationOnly(orientation));
  }

  /** @param packet UTF-8 */
  xmp(packet: Uint8Array): Uint8Array | null {
    return this.description(scrubXmp(packet, this.policy, (kind) => this.drop(kind)));
  }

  /** @param resources Photoshop's image resources, which hold IPTC */
  photoshop(resources: Uint8Array): Uint8Array | null {
    return this.description(scrubPhotoshop(resources, this.policy, (kind) => this.drop(kind)));
  }

  /** A comment or another text of the author's. */
  text(content: Uint8Array): Uint8Array | null {
    return this.description(content);
  }

  /** What this project does not know: kept only where everything is to be, and where it holds no picture. */
  unknown(content: Uint8Array): Uint8Array | null {
    if (holdsJpeg(content)) return this.drop('preview pictures');
    return this.policy === 'all' ? this.keep('other', content) : this.drop('other');
  }

  drop(kind: MetadataKind): null {
    this.dropped.add(kind);
    return null;
  }

  private description(content: Uint8Array | null): Uint8Array | null {
    return content && this.policy !== 'none' ? this.keep('description', content) : this.drop('description');
  }

  private keep<T>(kind: MetadataKind, content?: T): T {
    this.kept.add(kind);
    return content as T;
  }
}

/** Whether a JPEG file begins anywhere in here. */
export function holdsJpeg(bytes: Uint8Array): boolean {
  for (let i = bytes.indexOf(0xff); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
    if (bytes[i + 1] === 0xd8 && bytes[i + 2] === 0xff) return true;
  }
  return false;
}
