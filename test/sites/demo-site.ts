/**
 * A small social site for demonstrations and tests: a feed with a composer (`/`), and one bare page for each upload
 * route (`/pages/…`). Keeps in memory the very bytes it received. The extension knows it as demo.localhost; under any
 * other name that leads to this machine, such as other.localhost, it is a site that is not protected.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seedPosts, type Post } from './lantern/seed';

export interface Upload {
  id: number;
  /** What the page says the files came by; on the feed always `post`. */
  via: string;
  name: string;
  type: string;
  /** As the page saw it; 0 where it did not say. */
  lastModified: number;
  bytes: Buffer;
}

export interface DemoSite {
  port: number;
  /** Where the extension protects. */
  url: string;
  /** The same pages where it does not. */
  otherUrl: string;
  /** Oldest first. */
  received: Upload[];
  /** `Origin` and path of every request, to see who asked. */
  requests: { origin: string; path: string }[];
  close(): Promise<void>;
}

const folder = dirname(fileURLToPath(import.meta.url));

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.jpg': 'image/jpeg',
};

/** Answers a request by itself, and says so. */
export type Answers = (request: IncomingMessage, response: ServerResponse, received: Upload[]) => boolean;

/** `port` 0: any that is free. `answers`: what this site has beyond its own pages. */
export async function startDemoSite({ port = 0, answers }: { port?: number; answers?: Answers } = {}): Promise<DemoSite> {
  const received: Upload[] = [];
  const requests: DemoSite['requests'] = [];
  const posts: Post[] = seedPosts(Date.now());
  const server = createServer((request, response) => {
    requests.push({ origin: request.headers.origin ?? '', path: request.url ?? '' });
    if (answers?.(request, response, received)) return;
    answer(request, response, received, posts).catch((error: unknown) => send(response, 500, 'text/plain', String(error)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    url: `http://demo.localhost:${address.port}`,
    otherUrl: `http://other.localhost:${address.port}`,
    received,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, received: Upload[], posts: Post[]): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/never') return; // a frame that waits for it keeps the document that it began with, as after the next two
  if (pathname === '/nothing') return void response.writeHead(204).end();
  if (pathname === '/download') return void response.writeHead(200, { 'content-type': 'application/zip', 'content-disposition': 'attachment' }).end('zip');
  if (request.method === 'POST' && pathname === '/api/raw') return sendJson(response, [storeRaw(await bodyOf(request), request, received)]);
  if (request.method === 'POST') {
    const form = await formOf(request);
    const uploads = await storeFiles(form, received);
    if (pathname === '/api/posts') posts.unshift(postOf(form, uploads));
    return request.headers.accept?.includes('text/html')
      ? send(response, 200, TYPES['.html']!, '<!doctype html><title>Thank you</title>Received.')
      : sendJson(response, uploads.map(({ id, name }) => ({ id, name })));
  }
  if (pathname === '/api/posts') return sendJson(response, posts);
  if (pathname.startsWith('/uploads/')) {
    const upload = received.find(({ id }) => id === Number(pathname.slice('/uploads/'.length)));
    return upload ? send(response, 200, upload.type, upload.bytes) : send(response, 404, 'text/plain', 'Gone');
  }
  return sendFile(response, pathname);
}

/** Node reads multipart bodies by itself, as a `Request`. */
async function formOf(request: IncomingMessage): Promise<FormData> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  return new Request('http://localhost/', { method: 'POST', headers, body: (await bodyOf(request)) as BodyInit }).formData();
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A body that is the file itself. */
function storeRaw(bytes: Buffer, { headers }: IncomingMessage, received: Upload[]): { id: number } {
  const id = received.length + 1;
  received.push({ id, via: 'raw', name: '', type: headers['content-type'] ?? '', lastModified: 0, bytes });
  return { id };
}

async function storeFiles(form: FormData, received: Upload[]): Promise<Upload[]> {
  const lastModified = form.getAll('lastModified').map(Number);
  const uploads: Upload[] = [];
  for (const [index, file] of filesOf(form).entries()) {
    const upload = {
      id: received.length + 1,
      via: String(form.get('via') ?? 'form'),
      name: file.name,
      type: file.type,
      lastModified: lastModified[index] ?? 0,
      bytes: Buffer.from(await file.arrayBuffer()),
    };
    received.push(upload);
    uploads.push(upload);
  }
  return uploads;
}

/** Under whatever name, but without a form's empty file inputs. */
function filesOf(form: FormData): File[] {
  return [...form.values()].filter((value): value is File => value instanceof File && (value.size > 0 || value.name !== ''));
}

function postOf(form: FormData, uploads: Upload[]): Post {
  return {
    author: 'You',
    handle: '@you',
    avatar: '/lantern/avatars/you.svg',
    time: Date.now(),
    text: String(form.get('text') ?? ''),
    pictures: uploads.filter(({ type }) => type.startsWith('image/')).map(({ id }) => `/uploads/${id}`),
    likes: 0,
  };
}

async function sendFile(response: ServerResponse, pathname: string): Promise<void> {
  const path = pathname === '/' ? '/lantern/index.html' : normalize(pathname);
  const type = TYPES[extname(path)];
  if (!type || !/^\/(lantern|pages)\//.test(path)) return send(response, 404, 'text/plain', 'Not here');
  try {
    send(response, 200, type, await readFile(join(folder, path)));
  } catch {
    send(response, 404, 'text/plain', 'Not here');
  }
}

function sendJson(response: ServerResponse, value: unknown): void {
  send(response, 200, 'application/json', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-cache' }).end(body);
}
