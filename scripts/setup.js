/**
 * What a fresh machine needs before anything else runs: npm packages, and the browsers that are asked for. Plain JavaScript without
 * dependencies, since it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} Program
 * @property {string} label
 * @property {string} variable that names another
 * @property {string[]} names
 * @property {number} minimum major version
 * @property {string} debian its package
 * @property {string[]} beside packages that it needs here
 */

/** @type {Program} */
const CHROMIUM = { label: 'Chromium', variable: 'CHROMIUM', names: ['chromium', 'chromium-browser'], minimum: 148, debian: 'chromium', beside: ['fonts-dejavu-core'] };
/** On a display that nobody sees: it has no WebGL without one. @type {Program} */
const FIREFOX = { label: 'Firefox', variable: 'FIREFOX', names: ['firefox-esr', 'firefox'], minimum: 140, debian: 'firefox-esr', beside: ['xvfb', 'libgl1-mesa-dri', 'fonts-dejavu-core'] };

/** Ends the process with one sentence that says what to do. @param {string} sentence @returns {never} */
function stop(sentence) {
  console.error(`\n${sentence}`);
  process.exit(1);
}

/**
 * Runs a command with its output shown; ends the process with the command's code when it fails.
 * @param {string} command @param {string[]} args @param {NodeJS.ProcessEnv} [env]
 */
export function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error) stop(`${command} could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

/** Installs what the lock file names, unless that was done since it last changed. */
function installPackages() {
  const stamp = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log('Installing npm packages…');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** @param {string} command @returns {number | null} its major version, null where it does not run */
function majorVersion(command) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  const major = /(\d+)(?:\.\d+)+/.exec(stdout ?? '')?.[1];
  return status === 0 && major ? Number(major) : null;
}

/** @param {Program} program @returns {string | undefined} */
function installed({ variable, names, minimum }) {
  const own = process.env[variable];
  return (own ? [own] : names).find((name) => (majorVersion(name) ?? 0) >= minimum);
}

const isThere = (/** @type {string} */ command) => spawnSync('which', [command]).status === 0;

/**
 * Finds it or, when root on a Debian machine, installs Debian's.
 * @param {Program} program @returns {string} the command that starts it
 */
function find(program) {
  const { label, variable, minimum, debian, beside } = program;
  const found = installed(program);
  if (found && (program !== FIREFOX || isThere('Xvfb'))) return found;
  const isRoot = process.getuid?.() === 0;
  if ((process.env[variable] && !found) || !isRoot || !isThere('apt-get')) {
    stop(
      `${label} ${minimum} or newer is needed${program === FIREFOX ? ', and Xvfb' : ''}: install it (on Debian: sudo apt-get install ${debian} ${beside.join(' ')}) or set ${variable} to its path, then run this again.`,
    );
  }
  console.log(`Installing ${label} from Debian’s packages…`);
  const apt = { DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], apt);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...(found ? [] : [debian]), ...beside], apt);
  return installed(program) ?? stop(`Debian’s ${label} is older than ${minimum}: upgrade it, or set ${variable} to a newer one.`);
}

/**
 * Makes the machine ready and returns the environment the project's commands run in.
 * @param {{ chromium?: boolean, firefox?: boolean }} [browsers] both where not said
 */
export function setUp({ chromium = true, firefox = true } = {}) {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) stop(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  installPackages();
  return { ...(chromium && { CHROMIUM: find(CHROMIUM) }), ...(firefox && { FIREFOX: find(FIREFOX) }) };
}
