/** Huffman tables of JPEG (ITU-T T.81, annexes C, F and K.2): read, used, and made to fit what is to be written. */

const LONGEST = 16;
/** Codes up to this length are looked up at once. */
const LOOKUP_BITS = 9;

/** A table as a DHT segment holds it: the number of codes of each length 1 to 16, and the symbols in the order of their codes. */
export interface HuffmanTable {
  counts: Uint8Array;
  symbols: Uint8Array;
}

/** By class and number: 0 to 3 for first coefficients (DC), 4 to 7 for the others (AC). */
export type HuffmanTables = (HuffmanTable | undefined)[];
/** Where the second class begins; tables of a class. */
export const AC_TABLES = 4;

/** Gives the symbol to a code. */
export class HuffmanDecoder {
  /** By the next nine bits: length of the code << 8 | symbol; 0 where the code is longer. */
  readonly lookup = new Uint16Array(1 << LOOKUP_BITS);
  /** By length: the first code that is too large for it, shifted to 16 bits, and what leads from code to symbol's place. */
  private readonly limit = new Int32Array(LONGEST + 2);
  private readonly offset = new Int32Array(LONGEST + 2);

  constructor(private readonly table: HuffmanTable) {
    let [code, index] = [0, 0];
    for (let length = 1; length <= LONGEST; length++, code <<= 1) {
      const count = table.counts[length - 1]!;
      this.offset[length] = index - code;
      for (let i = 0; i < count; i++, code++, index++) {
        if (length > LOOKUP_BITS) continue;
        const first = code << (LOOKUP_BITS - length);
        this.lookup.fill((length << 8) | table.symbols[index]!, first, first + (1 << (LOOKUP_BITS - length)));
      }
      this.limit[length] = code << (LONGEST - length);
    }
  }

  /** @param bits the next 16 bits; returns length of the code << 8 | symbol, or 0 where there is no such code */
  find(bits: number): number {
    const quick = this.lookup[bits >> (LONGEST - LOOKUP_BITS)]!;
    if (quick) return quick;
    for (let length = LOOKUP_BITS + 1; length <= LONGEST; length++) {
      if (bits >= this.limit[length]!) continue;
      return (length << 8) | this.table.symbols[(bits >> (LONGEST - length)) + this.offset[length]!]!;
    }
    return 0;
  }
}

/** Code and length of each symbol. */
export interface HuffmanCodes {
  code: Uint16Array;
  length: Uint8Array;
}

export function codesOf({ counts, symbols }: HuffmanTable): HuffmanCodes {
  const codes: HuffmanCodes = { code: new Uint16Array(256), length: new Uint8Array(256) };
  let [code, index] = [0, 0];
  for (let length = 1; length <= LONGEST; length++, code <<= 1) {
    for (let i = 0; i < counts[length - 1]!; i++, code++, index++) {
      codes.code[symbols[index]!] = code;
      codes.length[symbols[index]!] = length;
    }
  }
  return codes;
}

/** A table with codes for further symbols. */
export interface ExtendedTable {
  table: HuffmanTable;
  /** The symbols whose codes are not what they were; all others are. */
  moved: readonly number[];
}

/**
 * Codes that nothing uses go to the symbols that a table lacks. Programs that fit tables to a picture leave some, but for large pictures; there one of the
 * longest codes, whose symbol is rare, is made longer by a bit, which makes room for one more.
 */
export function withSymbols(table: HuffmanTable, lacking: readonly number[]): ExtendedTable {
  return withFreeCodes(table, lacking) ?? withSplitCodes(table, lacking);
}

function withFreeCodes(table: HuffmanTable, lacking: readonly number[]): ExtendedTable | null {
  const counts = Uint8Array.from(table.counts);
  const longest = counts.findLastIndex((count) => count > 0) + 1;
  for (let length = 1, next = 0; length <= LONGEST; length++) {
    next = (next << 1) + counts[length - 1]!; // the first code that is not taken
    if (length < longest || (1 << length) - 1 - next < lacking.length) continue; // the one of ones only stays free
    counts[length - 1]! += lacking.length;
    return { table: { counts, symbols: Uint8Array.from([...table.symbols, ...lacking]) }, moved: [] };
  }
  return null;
}

/** A code becomes its own and its neighbour's of the next length, before all that are there: theirs stay. */
function withSplitCodes(table: HuffmanTable, lacking: readonly number[]): ExtendedTable {
  const [counts, symbols, moved] = [Uint8Array.from(table.counts), [...table.symbols], new Set<number>()];
  for (const symbol of lacking) {
    const length = counts.subarray(0, LONGEST - 1).findLastIndex((count) => count > 0) + 1;
    const last = counts.subarray(0, length).reduce((sum, count) => sum + count, 0) - 1;
    moved.add(symbols[last]!);
    counts[length - 1]! -= 1;
    counts[length]! += 2;
    symbols.splice(last + 1, 0, symbol);
  }
  return { table: { counts, symbols: Uint8Array.from(symbols) }, moved: [...moved].filter((symbol) => !lacking.includes(symbol)) };
}

/** The table that writes symbols of these frequencies (256 of them) in the fewest bits; annex K.2. */
export function optimalTable(frequencies: Uint32Array): HuffmanTable {
  // one more symbol, so that no code consists of ones only
  const frequency = [...frequencies, 1];
  const length = new Array<number>(257).fill(0);
  const next = new Array<number>(257).fill(-1);
  for (;;) {
    const [a, b] = twoLeast(frequency);
    if (b < 0) break;
    frequency[a]! += frequency[b]!;
    frequency[b] = 0;
    let last = a;
    for (let i = a; i >= 0; i = next[i]!) {
      length[i]!++;
      last = i;
    }
    next[last] = b;
    for (let i = b; i >= 0; i = next[i]!) length[i]!++;
  }
  const counts = new Array<number>(Math.max(LONGEST, ...length) + 1).fill(0);
  for (const bits of length) if (bits) counts[bits]!++;
  shorten(counts);
  const symbols = Array.from(frequencies.keys()).filter((symbol) => length[symbol]).sort((a, b) => length[a]! - length[b]! || a - b);
  return { counts: Uint8Array.from(counts.slice(1, LONGEST + 1)), symbols: Uint8Array.from(symbols) };
}

/** Places of the least and the second least value above 0; where equal, the later one. -1: there is none. */
function twoLeast(values: number[]): [number, number] {
  let [least, second] = [-1, -1];
  for (let i = 0; i < values.length; i++) {
    if (!values[i]) continue;
    if (least < 0 || values[i]! <= values[least]!) [least, second] = [i, least];
    else if (second < 0 || values[i]! <= values[second]!) second = i;
  }
  return [least, second];
}

/** No code longer than 16 bits; then the additional symbol's code, one of the longest, goes. */
function shorten(counts: number[]): void {
  for (let bits = counts.length - 1; bits > LONGEST; bits--) {
    while (counts[bits]! > 0) {
      let shorter = bits - 2;
      while (!counts[shorter]) shorter--;
      counts[bits]! -= 2;
      counts[bits - 1]!++;
      counts[shorter + 1]! += 2;
      counts[shorter]!--;
    }
  }
  let longest = LONGEST;
  while (!counts[longest]) longest--;
  counts[longest]!--;
}
