/**
 * The browser's own question whether the extension may have a permission. It is a window of the browser and no page; its buttons are
 * found and pressed over the protocol by which Chromium's own interface is inspected.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';

/** Of Chromium's interface. */
interface View {
  nodeId: number;
  nodeName: string;
  attributes?: string[];
  children?: View[];
}

interface Reply {
  result?: unknown;
  error?: { message: string };
}

/** A port that is free, and what Chromium has to be started with to be asked there. */
export async function promptArguments(): Promise<{ port: number; args: string[] }> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return { port, args: [`--enable-ui-devtools=${port}`, '--enable-features=ui-debug-tools-enable-synthetic-events'] };
}

export class Prompts {
  private constructor(private readonly line: Page) {}

  /** Speaks from a page of its own, since node has no WebSocket yet. */
  static async open(context: BrowserContext, port: number): Promise<Prompts> {
    const line = await context.newPage();
    await line.evaluate(
      (address) =>
        new Promise<void>((opened, failed) => {
          const socket = new WebSocket(address);
          const waiting = new Map<number, (reply: object) => void>();
          socket.onopen = () => opened();
          socket.onerror = () => failed(new Error(`Nobody at ${address}`));
          socket.onmessage = ({ data }) => {
            const reply = JSON.parse(data as string);
            waiting.get(reply.id)?.(reply);
          };
          const call = (method: string, params: object): Promise<object> =>
            new Promise((resolve) => {
              waiting.set(waiting.size + 1, resolve);
              socket.send(JSON.stringify({ id: waiting.size, method, params }));
            });
          Object.assign(window, { call });
        }),
      `ws://127.0.0.1:${port}/0`,
    );
    const prompts = new Prompts(line);
    await prompts.send('DOM.enable');
    await prompts.send('CSS.enable');
    return prompts;
  }

  /**
   * Waits for the question and presses the button of that name; again, as the browser takes no press that comes soon after the
   * question or after the last press.
   */
  async press(name: 'Allow' | 'Deny'): Promise<void> {
    let button = await this.find(name);
    for (; !button; button = await this.find(name)) await this.line.waitForTimeout(200);
    for (; button; button = await this.find(name)) {
      await this.line.waitForTimeout(1200);
      for (const type of ['mousePressed', 'mouseReleased']) {
        const event = { type, x: 10, y: 10, button: 'left', wheelDirection: 'none' };
        await this.send('DOM.dispatchMouseEvent', { nodeId: button.nodeId, event }).catch(() => {}); // gone meanwhile
      }
      await this.line.waitForTimeout(200);
    }
  }

  private async find(name: string): Promise<View | undefined> {
    const { root } = (await this.send('DOM.getDocument')) as { root: View };
    const dialog = viewsIn(root).find((view) => view.nodeName === 'Widget' && viewsIn(view).some((inner) => isOf(inner, 'ExtensionInstallDialogView')));
    for (const view of dialog ? viewsIn(dialog).filter((inner) => isOf(inner, 'MdTextButton')) : []) {
      const looks = JSON.stringify(await this.send('CSS.getMatchedStylesForNode', { nodeId: view.nodeId }));
      if (looks.includes(`"value":"${name}"`)) return view;
    }
    return undefined;
  }

  private async send(method: string, params: object = {}): Promise<unknown> {
    const reply = await this.line.evaluate(
      ([name, given]) => (window as unknown as { call(method: string, params: object): Promise<Reply> }).call(name, given),
      [method, params] as const,
    );
    if (reply.error) throw new Error(`${method}: ${reply.error.message}`);
    return reply.result;
  }
}

function viewsIn(view: View): View[] {
  return [view, ...(view.children ?? []).flatMap(viewsIn)];
}

function isOf({ attributes = [] }: View, name: string): boolean {
  return attributes.includes(name);
}
