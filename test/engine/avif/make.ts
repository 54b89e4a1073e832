/** `npx tsx test/engine/avif/make.ts`: makes the AVIFs of this folder by Debian's libavif-bin 0.11. They are small, and so flat that no colour reaches its bounds when it is changed. Those in layers are by libaom itself: layers.c. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

const here = import.meta.dirname;
const work = mkdtempSync(join(tmpdir(), 'nullswap-avif-'));
const sources = { plain: [96, 80], wide: [160, 128], odd: [97, 81] } as const;
for (const [name, [width, height]] of Object.entries(sources)) {
  const flat = await sharp(join(here, '../../../samples/portrait-2.jpg')).resize(width, height, { fit: 'fill' }).linear(0.45, 70).png().toBuffer();
  await sharp(flat).toFile(join(work, `${name}.png`));
  const fading = Buffer.from(`<svg width="${width}" height="${height}"><linearGradient id="g"><stop stop-opacity=".4"/><stop offset="1"/></linearGradient><rect width="100%" height="100%" fill="url(#g)"/></svg>`);
  await sharp(flat).composite([{ input: fading, blend: 'dest-in' }]).toFile(join(work, `${name}-alpha.png`));
}

function encode(name: string, source: string, ...how: (string | number)[]): void {
  execFileSync('avifenc', ['-s', '6', '--min', '18', '--max', '24', ...how.map(String), join(work, `${source}.png`), join(here, `${name}.avif`)]);
}

for (const depth of [8, 10, 12]) for (const sampling of [400, 420, 422, 444]) encode(`${sampling}-${depth}`, 'plain', '-y', sampling, '-d', depth);
for (const sampling of [400, 420, 444]) encode(`limited-${sampling}`, 'plain', '-y', sampling, '-r', 'limited');
encode('limited-10', 'plain', '-y', 420, '-r', 'limited', '-d', 10);
for (const sampling of [400, 420, 422]) encode(`odd-${sampling}`, 'odd', '-y', sampling);
encode('lossless', 'plain', '-l');
for (const depth of [8, 10, 12]) encode(`rgb-${depth}`, 'plain', '-y', 444, '-d', depth, '--cicp', '1/13/0');
encode('rgb-p3', 'plain', '-y', 444, '-d', 12, '--cicp', '12/13/0');
const codes = { ycgco: '1/13/8', smpte240: '1/13/7', fcc: '4/13/4', unsaid: '2/2/2', bt709: '1/1/1', p3: '12/13/6', pq: '9/16/9', hlg: '9/18/9' };
for (const [name, code] of Object.entries(codes)) encode(name, 'plain', '-y', 444, '-d', 10, '--cicp', code);
encode('alpha', 'plain-alpha');
encode('alpha-420-10', 'plain-alpha', '-y', 420, '-d', 10);
encode('alpha-grey', 'plain-alpha', '-y', 400);
for (const depth of [8, 10]) encode(`premultiplied-${depth}`, 'plain-alpha', '-p', '-d', depth);
encode('premultiplied-420', 'plain-alpha', '-p', '-y', 420);
encode('grid', 'wide', '-g', '2x2', '-y', 420);
encode('grid-grey', 'wide', '-g', '2x1', '-y', 400);
encode('grid-12', 'wide', '-g', '1x2', '-d', 12);
encode('grid-alpha', 'wide-alpha', '-g', '2x2');
encode('grid-premultiplied', 'wide-alpha', '-g', '2x2', '-p');
encode('cut', 'plain', '--crop', '0,0,64,60');
encode('cut-elsewhere', 'plain', '--crop', '8,6,80,70');
encode('cut-turned', 'plain', '--crop', '0,0,64,60', '--irot', 1);
encode('cut-alpha', 'plain-alpha', '-y', 420, '--crop', '0,0,64,60');
encode('grid-cut', 'wide', '-g', '2x2', '--crop', '0,0,70,60');
encode('aspect', 'plain', '--pasp', '2,1');
for (const turn of [1, 2]) encode(`turned-${turn}`, 'plain', '-y', 420, '--irot', turn);
for (const [turn, axis] of [[0, 0], [1, 1], [3, 0]] as const) encode(`turned-${turn}-mirrored-${axis}`, 'plain', '-y', 420, '--irot', turn, '--imir', axis);
encode('rav1e', 'plain', '-y', 420, '-c', 'rav1e');
encode('svt', 'plain', '-y', 420, '-c', 'svt');
