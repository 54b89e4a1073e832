/**
 * `npm test`: makes the machine ready, then linter, types, builds, and the tests of every tier. Ends with the counts
 * alone on a line. With `-- --firefox` the routes are played in Firefox, too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, run, setUp } from './setup.js';

const firefox = process.argv.includes('--firefox');
const forVitest = process.argv.slice(2).filter((argument) => argument !== '--firefox');
const environment = { ...setUp({ firefox }), NO_COLOR: '1' };

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
    return { passed: 0, failed: 0, skipped: 0, failures: [] };
  }
  const { status, output } = await beside('training', python, ['-m', 'unittest', 'discover'], join(root, 'training'));
  const ran = Number(/Ran (\d+) test/.exec(output)?.[1] ?? 0);
  const failed = status === 0 ? 0 : Math.max(1, ...[...output.matchAll(/(?:failures|errors)=(\d+)/g)].map(([, count]) => Number(count)));
  return { passed: Math.max(0, ran - failed), failed, skipped: 0, failures: failed ? [`training\n${output}`] : [] };
}

/** @param {string} title @param {string[]} projects of vitest.config.ts */
async function testProjects(title, projects) {
  const resultFile = join(root, 'out', `test-results-${projects.join('-')}.json`);
  rmSync(resultFile, { force: true });
  const chosen = projects.flatMap((project) => ['--project', project]);
  const report = ['--reporter=default', '--reporter=json', `--outputFile.json=${resultFile}`];
  const { status } = await beside(title, 'npx', ['--no-install', 'vitest', 'run', '--passWithNoTests', ...chosen, ...report, ...forVitest]);
  if (!existsSync(resultFile)) return { passed: 0, failed: 1, skipped: 0, failures: [`${title}: ended without a result`] };
  const results = JSON.parse(readFileSync(resultFile, 'utf8'));
  const failures = results.testResults.flatMap((file) => [
    ...(file.status === 'failed' && file.message ? [`${relative(root, file.name)}\n${file.message}`] : []),
    ...file.assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${relative(root, file.name)}: ${fullName}\n${failureMessages.join('\n')}`),
  ]);
  return {
    failures,
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
if (firefox) {
  run('npm', ['run', '--silent', 'build:firefox'], environment);
  run('npm', ['run', '--silent', 'build:firefox-demo'], environment);
  check('linter of Firefox’s shop', ['addons-linter', 'dist-firefox']);
}

// end to end mostly waits for one page after another: three lanes keep two cores busy
const counts = await Promise.all([
  inTurn(() => testProjects('end to end', ['e2e']), testTraining),
  inTurn(
    () => testProjects('end to end, ways in', ['e2e-ways']),
    () => testProjects('end to end, hostile pages', ['e2e-hostile']),
  ),
  inTurn(
    () => testProjects('unit, engine', ['unit', 'engine']),
    ...(firefox ? [() => testProjects('Firefox', ['firefox'])] : []),
  ),
]);
// once more where the end of a log shows them
for (const failure of counts.flat().flatMap(({ failures }) => failures)) console.log(`\n── failed: ${failure}`);
const sum = (/** @type {'passed' | 'failed' | 'skipped'} */ name) => counts.flat().reduce((total, count) => total + count[name], 0);
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed${sum('skipped') ? `, ${sum('skipped')} skipped` : ''}`);
process.exit(sum('failed') === 0 ? 0 : 1);
