/** The demo site with a page for each uploader and fixture (`/uploaders/NAME`), and a tus server (`/tus/`). */
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { EVENTS, Server } from '@tus/server';
import { startDemoSite, type DemoSite, type Upload } from './demo-site';
import { built } from './uploaders/build';

export function startUploaderSite(): Promise<DemoSite> {
  const directory = mkdtempSync(join(tmpdir(), 'nullswap-tus-'));
  const tus = new Server({ path: '/tus', datastore: new FileStore({ directory }), relativeLocation: true });
  let received: Upload[] = [];
  tus.on(EVENTS.POST_FINISH, async (_request, _response, { id, metadata }) => {
    const bytes = await readFile(join(directory, id));
    received.push({ id: 0, via: 'tus', name: metadata?.filename ?? '', type: metadata?.filetype ?? '', lastModified: 0, bytes });
  });
  return startDemoSite({
    answers(request, response, uploads) {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const [, kind, name] = /^\/(tus|uploaders|built)\/?(.*)$/.exec(pathname) ?? [];
      if (!kind) return false;
      received = uploads;
      if (kind === 'tus') void tus.handle(request, response);
      else if (kind === 'uploaders') send(response, 'text/html; charset=utf-8', page(name!));
      else readFile(join(built, name!)).then((code) => send(response, 'text/javascript; charset=utf-8', code), () => response.writeHead(404).end());
      return true;
    },
  });
}

function page(name: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title><body><script type="module" src="/built/${name}.js"></script></body></html>`;
}

function send(response: ServerResponse, type: string, body: string | Buffer): void {
  response.writeHead(200, { 'content-type': type }).end(body);
}
