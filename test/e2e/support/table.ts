/**
 * Before and after all end-to-end tests: collects what each case found (outcome.ts), prints it and, after a whole run, writes it
 * into the pages under docs/. A run of some of the tests leaves them as they are.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import type { Row } from './outcome';

const PAGES = ['docs/routes.md', 'docs/threat-model.md'];

declare module 'vitest' {
  interface ProvidedContext {
    /** The file that cases record their outcomes in. */
    outcomes: string;
  }
}

let outcomes: string;

export function setup(project: TestProject): void {
  outcomes = `out/outcomes-${project.name}.jsonl`;
  rmSync(outcomes, { force: true });
  project.provide('outcomes', outcomes);
}

export function teardown(): void {
  if (!existsSync(outcomes)) return;
  const rows = readFileSync(outcomes, 'utf8').trim().split('\n').map((line): Row => JSON.parse(line) as Row);
  for (const page of PAGES) {
    const text = readFileSync(page, 'utf8');
    const written = text.replace(/(<!-- (\w+) -->\n)([^]*?)(<!-- \/\2 -->)/g, (whole, start: string, name: string, old: string, end: string) => {
      const table = tableOf(rows.filter((row) => row.table === name));
      if (!table) return whole;
      console.log(`\n${name}\n${table}`);
      // with fewer rows than the page has it was not a whole run
      return cellsOf(table) < cellsOf(old) ? whole : start + table + end;
    });
    if (written !== text) writeFileSync(page, written);
  }
}

function cellsOf(table: string): number {
  return table.split('|').filter((cell) => cell.trim() && cell.trim() !== '–').length;
}

function tableOf(rows: Row[]): string {
  if (rows.length === 0) return '';
  const columns = [...new Set(rows.map(({ column }) => column))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  const names = [...new Set(rows.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, 'en'));
  const cell = (name: string, column: string): string => rows.find((row) => row.name === name && row.column === column)?.outcome ?? '–';
  const lines = [['', ...columns], ['---', ...columns.map(() => '---')], ...names.map((name) => [name, ...columns.map((column) => cell(name, column))])];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** Columns from left to right; others after them. */
const ORDER = ['with', 'without', ...['pick', 'drop', 'paste'].flatMap((by) => ['one picture', 'three pictures', 'picture + PDF'].map((batch) => `${by}, ${batch}`))];
