/**
 * `npm test`: makes the machine ready, then linter, types, builds, and the tests of every tier. Ends with the counts
 * alone on a line.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, setUp } from './setup.js';

const environment = { ...setUp(), NO_COLOR: '1' };

/** @param {string} title @param {string[]} args an npm binary and its arguments */
function check(title, args) {
  console.log(`\n── ${title}`);
  run('npx', ['--no-install', ...args], environment);
}

/** Trainer's own tests, where Debian's PyTorch is there to run them. @returns {number | null} how many passed, null where skipped */
function testTraining() {
  console.log('\n── training');
  const python = ['/usr/bin/python3', 'python3'].find(
    (name) => spawnSync(name, ['-c', 'import torch, numpy, PIL'], { stdio: 'ignore' }).status === 0,
  );
  if (!python) {
    console.log('skipped: no python3 with PyTorch here (on Debian: apt-get install python3-torch python3-onnx python3-pil).');
    return null;
  }
  const { status, stderr } = spawnSync(python, ['-m', 'unittest', 'discover'], {
    cwd: join(root, 'training'),
    encoding: 'utf8',
  });
  console.log(stderr.trim());
  if (status !== 0) process.exit(1);
  return Number(/Ran (\d+) test/.exec(stderr)?.[1] ?? 0);
}

check('linter', ['eslint', '.']);
check('types', ['tsc', '--noEmit']);
console.log('\n── builds');
run('npm', ['run', '--silent', 'build'], environment);
run('npm', ['run', '--silent', 'build:demo'], environment);
const trained = testTraining();

console.log('\n── unit, engine, end to end');
const resultFile = join(root, 'out', 'test-results.json');
rmSync(resultFile, { force: true });
const { status } = spawnSync(
  'npx',
  ['--no-install', 'vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } },
);
const results = JSON.parse(readFileSync(resultFile, 'utf8'));
const passed = results.numPassedTests + (trained ?? 0);
const skipped = results.numPendingTests + results.numTodoTests;
const failed = Math.max(results.numFailedTests, results.numFailedTestSuites, status === 0 ? 0 : 1);
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
