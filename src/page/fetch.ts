/** `fetch()` with a body that holds a file that was held back. */
import { replaceMethod } from './hook';
import {
  apply,
  bare,
  cloneRequest,
  headersDelete,
  headersGet,
  NativePromise,
  NativeRequest,
  NativeTypeError,
  read,
  requestBlob,
  requestBody,
  requestFormData,
  requestHeaders,
  whenSettled,
} from './natives';
import type { BodyGuard } from './request-body';

export function hookFetch(guard: BodyGuard): void {
  replaceMethod(globalThis, 'fetch', (native, self, args) => {
    const options = args[1] as RequestInit | undefined;
    // read once: a getter could give something else the next time
    const init = options === null || typeof options !== 'object' ? undefined : { ...options, body: options.body };
    if (init?.body !== undefined && init.body !== null) return sendInit(native, self, args[0], init, args);
    if (read(requestBody, args[0])) return sendRequest(native, self, args[0] as Request, args[1]);
    return apply(native, self, args);
  });

  function sendInit(native: (...args: unknown[]) => unknown, self: unknown, url: unknown, init: object & { body: unknown }, args: unknown[]): unknown {
    let isHeld = false;
    const promise = new NativePromise((resolve, reject) => {
      const send = (body: unknown): void => resolve(apply(native, self, [url, { ...init, body }]));
      isHeld = guard.check(init.body, send, () => reject(failure()));
    });
    return isHeld ? promise : apply(native, self, args);
  }

  function sendRequest(native: (...args: unknown[]) => unknown, self: unknown, request: Request, init: unknown): unknown {
    const type = (apply(headersGet, apply(requestHeaders, request, []), ['content-type']) as string | null) ?? '';
    const isForm = type.slice(0, 19) === 'multipart/form-data';
    if ((!isForm && type.slice(0, 6) !== 'image/') || !guard.knowsAny()) return apply(native, self, [request, init]);
    return new NativePromise((resolve, reject) => {
      const fail = (): void => reject(failure());
      const asItIs = apply(cloneRequest, request, []) as Request;
      const look = (body: unknown): void => {
        const send = (cloaked: unknown): void => {
          const swapped = new NativeRequest(request, bare({ body: cloaked as BodyInit, duplex: 'half' }) as RequestInit);
          if (isForm) apply(headersDelete, apply(requestHeaders, swapped, []), ['content-type']); // its boundary is another now
          resolve(apply(native, self, [isForm ? new NativeRequest(swapped, bare({ body: cloaked as BodyInit })) : swapped, init]));
        };
        if (!guard.check(body, send, fail)) resolve(apply(native, self, [asItIs, init]));
      };
      whenSettled(apply(isForm ? requestFormData : requestBlob, apply(cloneRequest, request, []), []) as Promise<unknown>, look, fail);
    });
  }
}

function failure(): TypeError {
  return new NativeTypeError('Failed to fetch');
}
