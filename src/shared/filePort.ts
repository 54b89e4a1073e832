/**
 * Messages over a Port that may hold files. Where the browser's messages cannot carry any (Chrome before 148), each goes ahead in pieces of base64 and is
 * put together on the other side. Pieces are small enough for the one side to work on one while the other works on the next.
 */
import type { Port } from './browser';
import { fromBase64, toBase64 } from './dataAddress';

/** In bytes; a multiple of three, so that each piece is base64 by itself. */
const PIECE = 3 << 18;

interface Described {
  name: string;
  type: string;
  lastModified: number;
  pieces: number;
}

/** What is said when all pieces are there. In `message` the files are numbers, as `{ $file: number }`. */
interface Packed {
  $files: Described[];
  message: unknown;
}

/** One end of a Port. */
export class FilePort {
  /** @param inPieces whether files go in pieces; the end that is spoken to first does as the other does */
  constructor(
    private readonly port: Pick<Port, 'postMessage' | 'onMessage'>,
    private inPieces = false,
  ) {}

  /** One message after the other. Throws where the Port is closed, or a file cannot be read. */
  async post(message: unknown): Promise<void> {
    if (!this.inPieces) return this.port.postMessage(message);
    const files: File[] = [];
    const numbered = replaced(message, (value) => (value instanceof File ? { $file: files.push(value) - 1 } : undefined));
    const described: Described[] = [];
    for (const file of files) described.push(await this.postPieces(file));
    this.port.postMessage({ $files: described, message: numbered } satisfies Packed);
  }

  private async postPieces(file: File): Promise<Described> {
    const { name, type, lastModified, size } = file;
    const pieces = Math.ceil(size / PIECE);
    let next = bytesOf(file, 0);
    for (let index = 0; index < pieces; index += 1) {
      const bytes = await next;
      next = bytesOf(file, index + 1);
      this.port.postMessage({ $piece: toBase64(bytes) });
    }
    return { name, type, lastModified, pieces };
  }

  /** Calls back with each message, its files in it. */
  onMessage(listener: (message: unknown) => void): void {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    this.port.onMessage.addListener((message) => {
      if (isPiece(message)) pieces.push(fromBase64(message.$piece));
      else if (!isPacked(message)) listener(message);
      else {
        this.inPieces = true;
        const files = message.$files.map(({ pieces: count, name, type, lastModified }) => new File(pieces.splice(0, count), name, { type, lastModified }));
        listener(replaced(message.message, (value) => (isNumbered(value) ? files[value.$file] : undefined)));
      }
    });
  }
}

async function bytesOf(file: File, index: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(index * PIECE, (index + 1) * PIECE).arrayBuffer());
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key);
}

const isPiece = (message: unknown): message is { $piece: string } => has(message, '$piece');
const isPacked = (message: unknown): message is Packed => has(message, '$files');
const isNumbered = (value: unknown): value is { $file: number } => has(value, '$file');

/** The same with what `instead` gives for a part of it; undefined leaves that part. */
function replaced(value: unknown, instead: (value: unknown) => unknown): unknown {
  const other = instead(value);
  if (other !== undefined) return other;
  if (Array.isArray(value)) return value.map((each) => replaced(each, instead));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, instead)]));
}
