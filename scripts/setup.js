/**
 * What a fresh machine needs before anything else runs: npm packages and a Chromium. Plain JavaScript without
 * dependencies, since it runs before there are any.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const CHROMIUM_NAMES = ['chromium', 'chromium-browser'];
const MINIMUM_CHROMIUM = 148;

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
function chromiumVersion(command) {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' });
  const major = /(\d+)\.\d+\.\d+/.exec(stdout ?? '')?.[1];
  return status === 0 && major ? Number(major) : null;
}

/** @returns {string | undefined} */
function installedChromium() {
  const { CHROMIUM } = process.env;
  const candidates = CHROMIUM ? [CHROMIUM] : CHROMIUM_NAMES;
  return candidates.find((name) => (chromiumVersion(name) ?? 0) >= MINIMUM_CHROMIUM);
}

/** Finds Chromium or, when root on a Debian machine, installs Debian's. @returns {string} the command that starts it */
function findChromium() {
  const found = installedChromium();
  if (found) return found;
  const isRoot = process.getuid?.() === 0;
  const hasApt = spawnSync('apt-get', ['--version']).status === 0;
  if (process.env.CHROMIUM || !isRoot || !hasApt) {
    stop(
      `Chromium ${MINIMUM_CHROMIUM} or newer is needed: install it (on Debian: sudo apt-get install chromium) or set CHROMIUM to its path, then run this again.`,
    );
  }
  console.log('Installing Chromium from Debian’s packages…');
  const apt = { DEBIAN_FRONTEND: 'noninteractive' };
  run('apt-get', ['update', '-qq'], apt);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], apt);
  return installedChromium() ?? stop(`Debian’s Chromium is older than ${MINIMUM_CHROMIUM}: upgrade it, or set CHROMIUM to a newer one.`);
}

/** Makes the machine ready and returns the environment the project's commands run in. */
export function setUp() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) stop(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  installPackages();
  return { CHROMIUM: findChromium() };
}
