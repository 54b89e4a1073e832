/**
 * `npm run release`: what is handed to the shops, of what is committed and of nothing else. Builds for both browsers, asks the linter of Firefox's shop,
 * packs the source as Mozilla's reviewers ask for it (docs/release.md), and prints what each file's digest is.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { version } from './manifest';

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: 'inherit' });

const changed = execFileSync('git', ['status', '--porcelain'], { encoding: 'utf8' });
if (changed) throw new Error(`Not all is committed:\n${changed}`);

run('npm', 'run', '--silent', 'build');
run('npm', 'run', '--silent', 'build:firefox');
run('npm', 'run', '--silent', 'lint:firefox');

const source = `nullswap-${version}-source.zip`;
run('git', 'archive', '--format=zip', `--output=${source}`, 'HEAD');

console.log();
for (const file of [`nullswap-${version}.zip`, `nullswap-${version}-firefox.zip`, source]) {
  const bytes = readFileSync(file);
  console.log(`${createHash('sha256').update(bytes).digest('hex')}  ${file}  ${(bytes.length / 1e6).toFixed(1)} MB`);
}
