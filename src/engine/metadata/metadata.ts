/**
 * Decides what a cloaked file keeps of its source's metadata and notes it for the report. Lists say what stays; what is in none of them
 * goes. So whatever the policy, two things go: copies of the picture as it was (previews, depth maps, the still of a motion photo),
 * for they show the face uncloaked; and content credentials (C2PA), whose signature an edited picture breaks.
 */
import type { MetadataPolicy } from '../../shared/metadataPolicies';
import { orientationOnly, readOrientation, scrubExif } from './exif';
import { scrubProfile } from './icc';
import { scrubPhotoshop } from './photoshop';
import { decodeText, holdsPicture, type MetadataKind, Scrub } from './scrub';
import { scrubXmp } from './xmp';

export interface MetadataReport {
  kept: MetadataKind[];
  dropped: MetadataKind[];
}

/** Edits the pieces of one file's metadata by the policy. Null: leave it out. */
export class MetadataEditor {
  private readonly kept = new Set<MetadataKind>();
  private readonly dropped = new Set<MetadataKind>();
  /** Null where nothing is to stay. */
  private readonly scrub: Scrub | null;

  constructor(policy: MetadataPolicy) {
    this.scrub = policy === 'none' ? null : new Scrub(policy, (kind) => this.drop(kind));
  }

  get report(): MetadataReport {
    return { kept: [...this.kept].sort(), dropped: [...this.dropped].sort() };
  }

  /** @param tiff a block of EXIF without any container's signature */
  exif(tiff: Uint8Array): Uint8Array | null {
    const orientation = readOrientation(tiff);
    const scrubbed = this.scrub && scrubExif(tiff, this.scrub, orientation);
    if (holdsPicture(tiff)) this.drop('preview pictures');
    if (scrubbed) this.kept.add('camera data');
    else this.drop('camera data');
    return scrubbed ?? (orientation === 1 ? null : orientationOnly(orientation));
  }

  /** @param packet UTF-8 */
  xmp(packet: Uint8Array): Uint8Array | null {
    return this.description(packet, (scrub) => scrubXmp(packet, scrub));
  }

  /** @param resources Photoshop's image resources, which hold IPTC */
  photoshop(resources: Uint8Array): Uint8Array | null {
    return this.description(resources, (scrub) => scrubPhotoshop(resources, scrub));
  }

  /** A comment or another text of the author's, UTF-8 or Latin-1: as long as it is short and plain. */
  text(content: Uint8Array): Uint8Array | null {
    return this.description(content, (scrub) => (scrub.allowsText(decodeText(content), 'text') ? content : null));
  }

  /** When the picture was changed, in a form that can say nothing else. */
  date(content: Uint8Array): Uint8Array | null {
    return this.description(content, () => content);
  }

  /** @param icc a colour profile, which belongs to the picture and stays whatever the policy */
  profile(icc: Uint8Array): Uint8Array<ArrayBuffer> | null {
    if (holdsPicture(icc)) this.drop('preview pictures');
    return scrubProfile(icc) ?? this.unknown(icc);
  }

  /** What this project does not know, or what is not of its kind. */
  unknown(content: Uint8Array): null {
    return this.drop(holdsPicture(content) ? 'preview pictures' : 'other');
  }

  /** @param bytes that follow the picture's end in its file, and go */
  behind(bytes: Uint8Array): void {
    if (bytes.some((byte) => byte !== 0)) this.unknown(bytes);
  }

  drop(kind: MetadataKind): null {
    this.dropped.add(kind);
    return null;
  }

  private description(content: Uint8Array, scrubbed: (scrub: Scrub) => Uint8Array | null): Uint8Array | null {
    const kept = this.scrub && scrubbed(this.scrub);
    if (holdsPicture(content)) this.drop('preview pictures');
    if (!kept) return this.drop('description');
    this.kept.add('description');
    return kept;
  }
}
