/** The linter finds words in pages and in the notice that are not from `_locales`, and takes nothing else for words. */
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const linter = new ESLint();

async function complaints(code: string, filePath: string): Promise<number> {
  const [result] = await linter.lintText(code, { filePath });
  return result!.messages.filter(({ message }) => message.includes('_locales')).length;
}

const page = (markup: string): string => `export const Page = (on: boolean, text: string) => ${markup};\n`;

describe('in a page', () => {
  it.each([
    '<p>Hello</p>',
    '<p>你好</p>',
    "<p>{on ? 'Yes' : text}</p>",
    "<p>{on && 'yes'}</p>",
    '<p>{`${text} pictures`}</p>',
    '<button aria-label="Close" />',
    '<input placeholder="Your site" />',
    '<Switch label="Thumbnails" />',
  ])('finds %s', async (markup) => {
    expect(await complaints(page(markup), 'src/popup/probe.tsx')).toBe(1);
  });

  it.each([
    '<p>{text}</p>',
    '<p class="quiet small" id="note">{text} · {12}</p>',
    '<button aria-label={text} kind="primary">×</button>',
    "<a href={on ? 'one.html' : 'two.html'}>{text}</a>",
    '<Icon name="shield" />',
  ])('leaves %s', async (markup) => {
    expect(await complaints(page(markup), 'src/popup/probe.tsx')).toBe(0);
  });
});

describe('in the notice', () => {
  it('finds words', async () => {
    expect(await complaints("export const label = { 'aria-label': 'Close' };\n", 'src/content/notice/probe.ts')).toBe(1);
    expect(await complaints("export function say(node: Node): void {\n  node.textContent = 'Done';\n}\n", 'src/content/notice/probe.ts')).toBe(1);
  });

  it('leaves what nobody reads', async () => {
    expect(await complaints("export const bar = { role: 'progressbar', 'aria-valuemin': '0' };\n", 'src/content/notice/probe.ts')).toBe(0);
  });
});
