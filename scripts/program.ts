/** Finds the browsers that scripts and tests drive. */
import { spawnSync } from 'node:child_process';

/**
 * Path of the first that is on PATH.
 * @param variable of the environment that may name another
 */
export function findProgram(label: string, variable: string, names: readonly string[]): string {
  for (const name of [process.env[variable], ...names]) {
    if (!name) continue;
    const { status, stdout } = spawnSync('which', [name], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  throw new Error(`No ${label} found: install it, or set ${variable} to its path.`);
}
