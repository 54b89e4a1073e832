/**
 * `npm test`: makes the machine ready, then linter, types, builds, and the tests of every tier. Ends with the counts
 * alone on a line.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, setUp } from './setup.js';

const environment = { ...setUp(), NO_COLOR: '1' };

/** @param {string} title @param {string[]} args an npm binary and its arguments */
function check(title, args) {
  console.log(`\n── ${title}`);
  run('npx', ['--no-install', ...args], environment);
}

/**
 * Runs a command beside what else is running, and prints what it printed when it has ended.
 * @param {string} title @param {string} command @param {string[]} args @param {string} [folder]
 * @returns {Promise<{ status: number, output: string }>}
 */
function beside(title, command, args, folder = root) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: folder, env: { ...process.env, ...environment } });
    const parts = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(part));
    child.on('close', (code) => {
      const output = Buffer.concat(parts).toString().trim();
      console.log(`\n── ${title}\n${output}`);
      resolve({ status: code ?? 1, output });
    });
  });
}

/** Trainer's own tests, where Debian's PyTorch is there to run them. */
async function testTraining() {
  const python = ['/usr/bin/python3', 'python3'].find(
    (name) => spawnSync(name, ['-c', 'import torch, numpy, PIL'], { stdio: 'ignore' }).status === 0,
  );
  if (!python) {
    console.log('\n── training\nskipped: no python3 with PyTorch here (on Debian: apt-get install python3-torch python3-onnx python3-pil).');
    return { passed: 0, failed: 0, skipped: 0 };
  }
  const { status, output } = await beside('training', python, ['-m', 'unittest', 'discover'], join(root, 'training'));
  const ran = Number(/Ran (\d+) test/.exec(output)?.[1] ?? 0);
  const failed = status === 0 ? 0 : Math.max(1, ...[...output.matchAll(/(?:failures|errors)=(\d+)/g)].map(([, count]) => Number(count)));
  return { passed: Math.max(0, ran - failed), failed, skipped: 0 };
}

/** @param {string} title @param {string[]} projects of vitest.config.ts */
async function testProjects(title, projects) {
  const resultFile = join(root, 'out', `test-results-${projects.join('-')}.json`);
  rmSync(resultFile, { force: true });
  const chosen = projects.flatMap((project) => ['--project', project]);
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`];
  const { status } = await beside(title, 'npx', ['--no-install', 'vitest', 'run', '--passWithNoTests', ...chosen, ...report, ...process.argv.slice(2)]);
  if (!existsSync(resultFile)) return { passed: 0, failed: 1, skipped: 0 };
  const results = JSON.parse(readFileSync(resultFile, 'utf8'));
  return {
    passed: results.numPassedTests,
    failed: Math.max(results.numFailedTests, status === 0 ? 0 : 1), // a file that cannot even be read fails no test
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/**
 * @template T
 * @param {...() => Promise<T>} tasks
 * @returns {Promise<T[]>}
 */
async function inTurn(...tasks) {
  const results = [];
  for (const task of tasks) results.push(await task());
  return results;
}

check('linter', ['eslint', '.']);
check('types', ['tsc', '--noEmit']);
console.log('\n── builds');
run('npm', ['run', '--silent', 'build'], environment);
run('npm', ['run', '--silent', 'build:demo'], environment);

// end to end mostly waits for one page after another: the second core has the other tiers and the longest of its files
const counts = await Promise.all([
  inTurn(() => testProjects('end to end', ['e2e']), testTraining),
  inTurn(
    () => testProjects('unit, engine', ['unit', 'engine']),
    () => testProjects('end to end, uploaders', ['uploaders']),
  ),
]);
const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ name) => counts.flat().reduce((total, count) => total + count[name], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') ? `, ${sum('skipped')} skipped` : ''}`);
process.exit(sum('failed') === 0 ? 0 : 1);
