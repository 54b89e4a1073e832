/** Figures in documents: Markdown tables, and the block between a command's two markers. */
import { readFile, writeFile } from 'node:fs/promises';

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 0.123 -> `12.3%` */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`;
}

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** Puts `table` between `<!-- name -->` and `<!-- /name -->`; throws where the file has no such markers. */
export async function updateTable(file: string, name: string, table: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${file} has no ${start} … ${end}.`);
  await writeFile(file, `${text.slice(0, from + start.length)}\n${table}\n${text.slice(to)}`);
}
