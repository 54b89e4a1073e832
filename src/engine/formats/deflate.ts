/** Small blocks in zlib's format. */
import { concatenate } from './bytes';

/** So much at most: less where the data are damaged or followed by something else. */
export async function inflated(packed: Uint8Array, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (let read = await reader.read(); !read.done && length < most; read = await reader.read()) {
      pieces.push(read.value);
      length += read.value.length;
    }
  } catch {
    // what was read so far is what there is
  }
  void reader.cancel().catch(() => undefined);
  return concatenate(pieces).subarray(0, most);
}

export async function deflated(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer());
}
