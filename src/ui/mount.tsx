/** Puts a page's content into its document, in the language and direction of the user. */
import { render, type ComponentChild } from 'preact';
import { haveTexts, locale, text } from '../shared/text';

await haveTexts();

export function mount(content: ComponentChild, title = text('common_name')): void {
  const { documentElement: root, body } = document;
  root.lang = locale();
  root.dir = text('common_direction');
  document.title = title;
  render(content, body);
}
