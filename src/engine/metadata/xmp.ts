/**
 * Takes properties out of an XMP packet (RDF in XML), by their qualified names, as attributes and as elements. What cannot be
 * edited with certainty is dropped whole.
 */
import type { MetadataPolicy } from '../../shared/metadataPolicies';
import type { MetadataKind } from './metadata';

interface Rule {
  kind: MetadataKind;
  /** Names with their usual prefixes. */
  names: string;
  /** Whether it goes even where all metadata is kept. */
  always: boolean;
}

const RULES: Rule[] = [
  { kind: 'preview pictures', always: true, names: 'xmp:Thumbnails|xap:Thumbnails|GImage:\\w+|GDepth:\\w+|Device:\\w+|GCamera:M\\w+|Container:Directory|xmpNote:HasExtendedXMP|hdrgm:\\w+' },
  { kind: 'content credentials', always: true, names: 'dcterms:provenance|c2pa:\\w+' },
  { kind: 'location', always: false, names: 'exif:GPS\\w+|photoshop:(?:City|State|Country)|(?:Iptc4xmpCore:)(?:Location|CountryCode)|Iptc4xmpExt:Location\\w+|mwg-rs:Location\\w*|drone-dji:\\w*(?:Gps|Latitude|Longitude|Longtitude|Altitude)\\w*' },
  { kind: 'device serials', always: false, names: '(?:aux|exifEX|exif|tiff|MicrosoftPhoto|microsoft):\\w*(?:SerialNumber|OwnerName|ImageUniqueID)|aux:ImageNumber|drone-dji:\\w*Serial\\w*' },
];

/** What must not be left, under whatever prefix. */
const LEFT_OVER = /GPS(?:Lat|Lon|Alt|Dest|Position)|SerialNumber|LocationShown|LocationCreated/i;

/** Null where nothing, or nothing certain, is left. */
export function scrubXmp(packet: Uint8Array, policy: MetadataPolicy, note: (kind: MetadataKind) => void): Uint8Array | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(packet);
  } catch {
    return null;
  }
  if (/<!DOCTYPE|<!ENTITY|<!\[CDATA\[/.test(text)) return null;
  for (const { kind, names, always } of RULES) {
    if (policy === 'all' && !always) continue;
    const edited = without(text, names);
    if (edited === null) return null;
    if (edited !== text) note(kind);
    text = edited;
  }
  if (policy !== 'all' && LEFT_OVER.test(text)) return null;
  return new TextEncoder().encode(text);
}

/** Null where something of these names could not be taken out. */
function without(text: string, names: string): string | null {
  const edited = text
    .replace(new RegExp(`\\s(?:${names})\\s*=\\s*(?:"[^"]*"|'[^']*')`, 'g'), '')
    .replace(new RegExp(`<(${names})(?:\\s[^>]*)?/>`, 'g'), '')
    .replace(new RegExp(`<(${names})(?:\\s[^>]*)?>[^]*?</\\1\\s*>`, 'g'), '');
  return new RegExp(`[<\\s/](?:${names})[\\s=>/]`).test(edited) ? null : edited;
}
