/**
 * Before and after all end-to-end tests: collects what each case found (outcome.ts), prints it, and writes it into the pages under docs/. Each run
 * has its own part of a table: what it did not look at stays. A row whose case is no more is taken out by hand.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import type { Row } from './outcome';

type Cell = Omit<Row, 'table'>;

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
      const found = rows.filter((row) => row.table === name);
      if (found.length === 0) return whole;
      console.log(`\n${name}\n${tableOf(found)}`);
      return start + tableOf(merged(rowsOf(old), found)) + end;
    });
    if (written !== text) writeFileSync(page, written);
  }
}

/** What this run has found takes the place of what the page has; what other projects find, and other browsers, stays. */
function merged(old: Cell[], found: Cell[]): Cell[] {
  const key = ({ name, column }: Cell): string => `${name}|${column}`;
  const renewed = new Set(found.map(key));
  return [...old.filter((cell) => !renewed.has(key(cell))), ...found];
}

function rowsOf(table: string): Cell[] {
  const [columns = [], , ...lines] = table.trim().split('\n').map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
  return lines.flatMap(([name = '', ...cells]) => cells.flatMap((outcome, index) => (outcome === '–' || !outcome ? [] : [{ name, column: columns[index + 1]!, outcome }])));
}

function tableOf(rows: Cell[]): string {
  const place = (column: string): number => (ORDER.includes(column) ? ORDER.indexOf(column) : ORDER.length);
  const columns = [...new Set(rows.map(({ column }) => column))].sort((a, b) => place(a) - place(b));
  const names = [...new Set(rows.map(({ name }) => name))].sort((a, b) => a.localeCompare(b, 'en'));
  const cell = (name: string, column: string): string => rows.find((row) => row.name === name && row.column === column)?.outcome ?? '–';
  const lines = [['', ...columns], ['---', ...columns.map(() => '---')], ...names.map((name) => [name, ...columns.map((column) => cell(name, column))])];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** Columns from left to right; others after them. */
const ORDER = ['with', 'without', 'with, twice without waiting', 'with, Enter at once', 'with, left at once', 'Firefox', ...['pick', 'drop', 'paste'].flatMap((by) => ['one picture', 'three pictures', 'picture + PDF'].map((batch) => `${by}, ${batch}`))];
