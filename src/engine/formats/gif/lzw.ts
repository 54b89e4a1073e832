/** GIF's compression (Lempel, Ziv and Welch 1984): codes of growing length, lowest bits first, in blocks of up to 255 bytes. */

const MOST_CODES = 4096;
const MOST_BITS = 12;

/**
 * As many values as there are, up to `length`; what damaged or missing data leave open is 0, as browsers show it.
 * @param data without the lengths of blocks
 * @param bits of a value
 */
export function unpackLzw(data: Uint8Array, bits: number, length: number): Uint8Array {
  const [clear, end] = [1 << bits, (1 << bits) + 1];
  const output = new Uint8Array(length);
  const prefix = new Int16Array(MOST_CODES);
  const suffix = new Uint8Array(MOST_CODES);
  const reversed = new Uint8Array(MOST_CODES);
  for (let i = 0; i < clear; i++) [prefix[i], suffix[i]] = [-1, i];
  let [count, codeBits, previous, first] = [end + 1, bits + 1, -1, 0];
  let [buffer, available, written] = [0, 0, 0];
  for (let at = 0; written < length; ) {
    while (available < codeBits && at < data.length) {
      buffer |= data[at++]! << available;
      available += 8;
    }
    if (available < codeBits) break;
    const code = buffer & ((1 << codeBits) - 1);
    buffer >>>= codeBits;
    available -= codeBits;
    if (code === clear) {
      [count, codeBits, previous] = [end + 1, bits + 1, -1];
      continue;
    }
    if (code === end || code > count || (code === count && previous < 0)) break;
    let depth = 0;
    let walked = code;
    if (code === count) {
      reversed[depth++] = first;
      walked = previous;
    }
    for (; walked >= 0; walked = prefix[walked]!) reversed[depth++] = suffix[walked]!;
    first = reversed[depth - 1]!;
    if (previous >= 0 && count < MOST_CODES) {
      [prefix[count], suffix[count]] = [previous, first];
      count++;
      if (count === 1 << codeBits && codeBits < MOST_BITS) codeBits++;
    }
    previous = code;
    while (depth && written < length) output[written++] = reversed[--depth]!;
  }
  return output;
}

/** @returns without the lengths of blocks */
export function packLzw(values: Uint8Array, bits: number): Uint8Array {
  const [clear, end] = [1 << bits, (1 << bits) + 1];
  const output: number[] = [];
  let known = new Map<number, number>();
  let [count, codeBits, buffer, filled] = [end + 1, bits + 1, 0, 0];
  const put = (code: number): void => {
    buffer |= code << filled;
    for (filled += codeBits; filled >= 8; filled -= 8) {
      output.push(buffer & 0xff);
      buffer >>>= 8;
    }
  };
  put(clear);
  let prefix = values[0]!;
  for (let i = 1; i < values.length; i++) {
    const key = (prefix << 8) | values[i]!;
    const code = known.get(key);
    if (code !== undefined) {
      prefix = code;
      continue;
    }
    put(prefix);
    prefix = values[i]!;
    if (count === MOST_CODES) {
      put(clear);
      known = new Map();
      [count, codeBits] = [end + 1, bits + 1];
      continue;
    }
    if (count === 1 << codeBits) codeBits++;
    known.set(key, count++);
  }
  put(prefix);
  // the reader has one code more by now
  if (count === 1 << codeBits && codeBits < MOST_BITS) codeBits++;
  put(end);
  if (filled) output.push(buffer & 0xff);
  return Uint8Array.from(output);
}
