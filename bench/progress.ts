/** One line that says how far a long stage is; silent where the output is no terminal. */
import cliProgress from 'cli-progress';

/** Runs `work`, which calls `done` for each of `total` pieces. */
export async function progress<T>(title: string, total: number, work: (done: () => void) => Promise<T>): Promise<T> {
  if (total === 0) return work(() => {});
  const bar = new cliProgress.SingleBar({ format: `${title.padEnd(32)} {bar} {value}/{total}`, noTTYOutput: false });
  const start = Date.now();
  bar.start(total, 0);
  try {
    return await work(() => bar.increment());
  } finally {
    bar.stop();
    if (!process.stdout.isTTY) console.log(`${title}: ${total}, ${((Date.now() - start) / 1000).toFixed(0)} s`);
  }
}
