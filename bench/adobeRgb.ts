/** A colour profile (ICC.1:2001, version 2) with the primaries, white and gamma of Adobe RGB (1998), which sharp does not carry. */

const HEADER = 128;
/** Adapted to D50, the white that profiles connect by. */
const COLOURS = { wtpt: [0.9505, 1, 1.0891], rXYZ: [0.60974, 0.31111, 0.01947], gXYZ: [0.20528, 0.62567, 0.06087], bXYZ: [0.14919, 0.06322, 0.74457] };
const GAMMA = 2 + 51 / 256;

export function adobeRgbProfile(): Buffer {
  const curve = Buffer.from([...Buffer.from('curv\0\0\0\0\0\0\0\x01'), Math.floor(GAMMA), Math.round(256 * (GAMMA % 1)), 0, 0]);
  const tags: [string, Buffer][] = [
    ['desc', description('Compatible with Adobe RGB (1998)')],
    ['cprt', Buffer.from('text\0\0\0\0CC0\0')],
    ...Object.entries(COLOURS).map(([name, xyz]): [string, Buffer] => [name, Buffer.concat([Buffer.from('XYZ \0\0\0\0'), ...xyz.map(fixed)])]),
    ...['rTRC', 'gTRC', 'bTRC'].map((name): [string, Buffer] => [name, curve]),
  ];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length);
  const data: Buffer[] = [];
  let at = HEADER + table.length;
  tags.forEach(([name, content], i) => {
    table.write(name, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(content.length, 12 + 12 * i);
    data.push(content, Buffer.alloc((4 - (content.length % 4)) % 4));
    at += content.length + data.at(-1)!.length;
  });
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(at);
  header.writeUInt32BE(0x02400000, 8);
  header.write('mntrRGB XYZ ', 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  Buffer.concat([0.9642, 1, 0.8249].map(fixed)).copy(header, 68);
  return Buffer.concat([header, table, ...data]);
}

/** In 16.16 bits. */
function fixed(value: number): Buffer {
  const result = Buffer.alloc(4);
  result.writeInt32BE(Math.round(65536 * value));
  return result;
}

function description(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length + 1);
  return Buffer.concat([Buffer.from('desc\0\0\0\0'), length, Buffer.from(`${text}\0`), Buffer.alloc(4 + 4 + 2 + 1 + 67)]);
}
