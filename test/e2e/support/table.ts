/**
 * Before and after all end-to-end tests: collects what each case found (outcome.ts) and, after a whole run, writes the tables
 * of docs/routes.md. A run of some of the tests prints what it has and leaves the file as it is.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { RECORDS, type Row } from './outcome';

const PAGE = 'docs/routes.md';

export function setup(): void {
  rmSync(RECORDS, { force: true });
}

export function teardown(): void {
  if (!existsSync(RECORDS)) return;
  const rows = readFileSync(RECORDS, 'utf8').trim().split('\n').map((line): Row => JSON.parse(line) as Row);
  const page = readFileSync(PAGE, 'utf8');
  const tables = [...page.matchAll(/<!-- (\w+) -->\n([^]*?)<!-- \/\1 -->/g)].map(([whole, name, old]) => {
    const found = rows.filter(({ table }) => table === name);
    return { whole, name: name!, old: old!, table: tableOf(found), count: found.length };
  });
  for (const { name, table, count } of tables) if (count > 0) console.log(`\n${name}\n${table}`);
  // fewer rows than the page has: not a whole run
  const isWhole = tables.every(({ old, table }) => table.split('\n').length >= old.split('\n').length);
  if (!isWhole) return;
  writeFileSync(PAGE, tables.reduce((text, { whole, name, table }) => text.replace(whole, () => `<!-- ${name} -->\n${table}<!-- /${name} -->`), page));
}

function tableOf(rows: Row[]): string {
  const columns = [...new Set(rows.map(({ column }) => column))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const names = [...new Set(rows.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, 'en'));
  const cell = (name: string, column: string): string => rows.find((row) => row.name === name && row.column === column)?.outcome ?? '–';
  const lines = [['', ...columns], ['---', ...columns.map(() => '---')], ...names.map((name) => [name, ...columns.map((column) => cell(name, column))])];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

const ORDER = ['with', 'without', 'pick', 'drop', 'paste', 'three pictures', 'picture + PDF'];
