/**
 * Reads an XMP packet (RDF in XML) and writes it anew from the properties that are known, by their namespaces. What is no
 * well-formed XML goes whole. The parser goes through the packet once; nothing here looks for patterns in it.
 */
import { SaxesParser } from 'saxes';
import { decode, isPictureText, type MetadataKind, type Scrub } from './scrub';
import { type Namespace, NAMESPACES, RDF, XML, XMLNS } from './xmpProperties';

/** Beyond this it is no description. */
const MOST_BYTES = 1 << 20;
/** Properties are at most some structures deep; what an adversary nests deeper is refused before it costs time. */
const MOST_DEPTH = 32;

interface XmlAttribute {
  namespace: string;
  name: string;
  value: string;
}

interface XmlElement {
  namespace: string;
  name: string;
  attributes: XmlAttribute[];
  children: XmlElement[];
  text: string;
}

/** Null where nothing is left, or what is there cannot be read. */
export function scrubXmp(packet: Uint8Array, scrub: Scrub): Uint8Array | null {
  const root = packet.length <= MOST_BYTES ? parse(packet) : null;
  if (!root) return null;
  const descriptions = (isRdf(root, 'RDF') ? [root] : root.children.filter((child) => isRdf(child, 'RDF'))).flatMap(({ children }) => children);
  const used = new Map<string, string>();
  const writer = new PropertyWriter(scrub, (prefix, namespace) => used.set(prefix, namespace));
  const properties = descriptions.filter((child) => isRdf(child, 'Description')).flatMap((description) => writer.fields(description));
  if (!properties.length) return null;
  const declarations = [...used].map(([prefix, namespace]) => ` xmlns:${prefix}="${namespace}"`).join('');
  return new TextEncoder().encode(
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">' +
      `<rdf:RDF xmlns:rdf="${RDF}"><rdf:Description rdf:about=""${declarations}>${properties.join('')}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`,
  );
}

function isRdf({ namespace, name }: XmlElement, wanted: string): boolean {
  return namespace === RDF && name === wanted;
}

/** The outermost element; null where it is no UTF-8, not well-formed, too deep, or declares a type of its own. */
function parse(packet: Uint8Array): XmlElement | null {
  const text = decode('utf-8', packet.subarray(0, packet.findLastIndex((byte) => byte !== 0) + 1)); // some writers fill it up with zeros
  if (!text) return null;
  const top: XmlElement = { namespace: '', name: '', attributes: [], children: [], text: '' };
  const open = [top];
  const refuse = (): never => {
    throw new UnreadableXml();
  };
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', refuse);
  parser.on('doctype', refuse);
  parser.on('opentag', ({ uri, local, attributes }) => {
    if (open.length > MOST_DEPTH) refuse();
    const own = Object.values(attributes).map(({ uri, local, value }): XmlAttribute => ({ namespace: uri, name: local, value }));
    const element: XmlElement = { namespace: uri, name: local, attributes: own, children: [], text: '' };
    open.at(-1)!.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => open.pop());
  const addText = (text: string): void => void (open.at(-1)!.text += text);
  parser.on('text', addText);
  parser.on('cdata', addText);
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof UnreadableXml) return null;
    throw error;
  }
  return top.children[0] ?? null;
}

class UnreadableXml extends Error {}

const ARRAYS = ['Bag', 'Seq', 'Alt'];

/** Writes properties of any form of RDF – attribute, element, structure, list – as elements, where they may stay. */
class PropertyWriter {
  /** @param use is told of each namespace that is written */
  constructor(
    private readonly scrub: Scrub,
    private readonly use: (prefix: string, namespace: string) => void,
  ) {}

  /** Properties of a description, or fields of a structure. */
  fields({ attributes, children }: XmlElement): string[] {
    const simple = attributes.filter(({ namespace }) => namespace && namespace !== RDF && namespace !== XML && namespace !== XMLNS);
    return [
      ...simple.flatMap(({ namespace, name, value }) => this.property({ namespace, name, attributes: [], children: [], text: value })),
      ...children.flatMap((child) => this.property(child)),
    ];
  }

  private property(element: XmlElement): string[] {
    const known = NAMESPACES.get(element.namespace);
    const content = known && this.scrub.allows(known.properties.get(element.name)) ? this.content(element, `XMP ${known.prefix}:${element.name}`) : null;
    if (content === null) this.scrub.note(kindOf(element));
    return known && content !== null ? [this.written(known, element, content)] : [];
  }

  private written({ prefix }: Namespace, { namespace, name }: XmlElement, content: string): string {
    this.use(prefix, namespace);
    return `<${prefix}:${name}>${content}</${prefix}:${name}>`;
  }

  /** Of a property, or of an item of a list; null where nothing of it may stay. */
  private content(element: XmlElement, property: string): string | null {
    const [only] = element.children;
    if (only && ARRAYS.some((name) => isRdf(only, name))) return this.list(only, property);
    const resource = attribute(element, RDF, 'resource');
    const isSimple = !only && !element.attributes.some(({ namespace }) => NAMESPACES.has(namespace));
    if (isSimple) {
      const text = (resource ?? element.text).trim();
      return this.scrub.allowsText(text, property) ? escaped(text) : null;
    }
    // names of people and places are in structures, under many names
    if (!this.scrub.allows('all')) return null;
    const fields = this.fields(only && isRdf(only, 'Description') ? only : element);
    return fields.length ? `<rdf:Description>${fields.join('')}</rdf:Description>` : null;
  }

  private list({ name, children }: XmlElement, property: string): string | null {
    const items = children.filter((child) => isRdf(child, 'li')).flatMap((item) => {
      const content = this.content(item, property);
      const language = attribute(item, XML, 'lang');
      const isLanguage = language !== undefined && /^[\w-]{1,20}$/.test(language);
      return content === null ? [] : [`<rdf:li${isLanguage ? ` xml:lang="${language}"` : ''}>${content}</rdf:li>`];
    });
    return items.length ? `<rdf:${name}>${items.join('')}</rdf:${name}>` : null;
  }
}

function attribute({ attributes }: XmlElement, wanted: string, wantedName: string): string | undefined {
  return attributes.find(({ namespace, name }) => namespace === wanted && name === wantedName)?.value;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Namespaces of other pictures in the file, and of a film. */
const GOOGLE_PICTURES = ['image', 'depthmap', 'camera', 'container', 'device'].map((name) => `/photos/1.0/${name}`);
/** Of namespaces and names so much is looked at. */
const TELLING = 100;

/** What it was that went, as far as namespace, name and value tell: for the report, nothing hangs on it. */
function kindOf(element: XmlElement): MetadataKind {
  const name = `${element.namespace.slice(0, TELLING)}${element.name.slice(0, TELLING)}`.toLowerCase();
  const isOf = (...words: string[]): boolean => words.some((word) => name.includes(word));
  if (isOf('c2pa', 'provenance')) return 'content credentials';
  if (isOf('thumbnail', 'preview', 'g/img', ...GOOGLE_PICTURES, 'hdr', 'hasextendedxmp', 'pageimage') || showsPicture(element)) return 'preview pictures';
  if (isOf('gps', 'latitude', 'longitude', 'location', 'city', 'country', 'photoshop/1.0/state', 'poseheading')) return 'location';
  if (isOf('serial', 'ownername', 'uniqueid', 'imagenumber')) return 'device serials';
  return isOf('person', 'region') ? 'people' : 'other';
}

function showsPicture({ text, attributes, children }: XmlElement): boolean {
  return isPictureText(text) || attributes.some(({ value }) => isPictureText(value)) || children.some(showsPicture);
}
