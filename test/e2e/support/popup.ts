/**
 * The popup as the toolbar opens it. Playwright knows tabs only; the popup is a target of its own, spoken to through the
 * browser's session.
 */
import type { CDPSession, Page } from 'playwright-core';

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

class PopupClosed extends Error {
  override message = 'The popup has closed.';
}

export class Popup {
  private lastId = 0;
  private readonly waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();

  private constructor(
    private readonly browser: CDPSession,
    private readonly targetId: string,
    private readonly sessionId: string,
  ) {
    browser.on('Target.receivedMessageFromTarget', ({ sessionId: from, message }) => {
      const reply = JSON.parse(message) as Reply;
      const call = from === sessionId && reply.id !== undefined ? this.waiting.get(reply.id) : undefined;
      if (reply.error) call?.reject(new Error(reply.error.message));
      else call?.resolve(reply.result);
    });
    // what is asked of a popup that closes is never answered
    browser.on('Target.detachedFromTarget', ({ sessionId: from }) => {
      if (from !== sessionId) return;
      for (const { reject } of this.waiting.values()) reject(new PopupClosed());
    });
  }

  /** Opens it over the tab that `control`, a page of the extension, finds in front. */
  static async open(control: Page): Promise<Popup> {
    await control.evaluate(() => chrome.action.openPopup());
    return Popup.attach(control);
  }

  /** To the one that is open. */
  static async attach(control: Page): Promise<Popup> {
    const browser = await control.context().browser()!.newBrowserCDPSession();
    let targetId: string | undefined;
    while (!(targetId = await openTarget(browser))) await new Promise((next) => setTimeout(next, 20));
    const { sessionId } = await browser.send('Target.attachToTarget', { targetId, flatten: false });
    const popup = new Popup(browser, targetId, sessionId);
    await popup.until(`document.querySelector('#history') !== null`);
    return popup;
  }

  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = (await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    })) as { result: { value: T }; exceptionDetails?: { text: string } };
    if (exceptionDetails) throw new Error(`${exceptionDetails.text} in the popup: ${expression}`);
    return result.value;
  }

  /** Waits until the expression is true there. */
  async until(expression: string): Promise<void> {
    while (!(await this.evaluate<boolean>(expression))) await new Promise((next) => setTimeout(next, 50));
  }

  text(selector: string): Promise<string> {
    return this.evaluate(`document.querySelector('${selector}').textContent`);
  }

  /** A real click in the middle of the element, which may close the popup. */
  async click(selector: string): Promise<void> {
    const [x, y] = await this.evaluate<[number, number]>(
      `(({ left, top, width, height }) => [left + width / 2, top + height / 2])(document.querySelector('${selector}').getBoundingClientRect())`,
    );
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.input('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  }

  pressSpace(selector: string): Promise<void> {
    return this.press(selector, { key: ' ', code: 'Space', windowsVirtualKeyCode: 32, text: ' ' });
  }

  /** Focuses the element and presses the key there. */
  async press(selector: string, { text, ...key }: { key: string; code: string; windowsVirtualKeyCode: number; text?: string }): Promise<void> {
    await this.evaluate(`document.querySelector('${selector}').focus()`);
    await this.input('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', ...(text && { text }), ...key });
    await this.input('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
  }

  async screenshot(scheme: 'light' | 'dark'): Promise<Buffer> {
    await this.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    const { data } = (await this.send('Page.captureScreenshot', { format: 'png' })) as { data: string };
    return Buffer.from(data, 'base64');
  }

  async close(): Promise<void> {
    await this.browser.send('Target.closeTarget', { targetId: this.targetId });
    await this.closed();
  }

  /** Waits until it has closed by itself. */
  async closed(): Promise<void> {
    while (await openTarget(this.browser)) await new Promise((next) => setTimeout(next, 20));
    await this.browser.detach();
  }

  /** An input that the popup closes at has arrived, though no answer comes. */
  private async input(method: string, params: object): Promise<void> {
    try {
      await this.send(method, params);
    } catch (error) {
      if (!(error instanceof PopupClosed)) throw error;
    }
  }

  private send(method: string, params: object): Promise<unknown> {
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.browser
        .send('Target.sendMessageToTarget', { sessionId: this.sessionId, message: JSON.stringify({ id, method, params }) })
        .catch(() => reject(new PopupClosed()));
    });
  }
}

async function openTarget(browser: CDPSession): Promise<string | undefined> {
  const { targetInfos } = await browser.send('Target.getTargets');
  return targetInfos.find(({ url }) => url.endsWith('/src/popup/popup.html'))?.targetId;
}
