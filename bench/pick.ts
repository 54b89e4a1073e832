/** How long a page waits for what is chosen. */
import type { Page } from '../test/e2e/support/browser';
import { choose } from '../test/e2e/support/user';

/** From the choice to the page's `change`, ms. Of a page with an input `#file`. */
export async function pick(page: Page, paths: string[]): Promise<number> {
  await page.evaluate(`(() => {
    const input = document.querySelector('#file');
    input.multiple = true;
    window.changed = new Promise((done) => input.addEventListener('change', () => input.files.length > 0 && done(performance.now())));
    window.addEventListener('click', () => (window.clicked = performance.now()), true);
  })()`);
  await choose(page, '#file', paths);
  return page.evaluate('changed.then((at) => at - clicked)');
}
