/** `fetch()` with a body that holds a file that was held back. */
import { answer, closedGate, sequence, task, type Callable, type Gate, type Task } from './calls';
import { replaceMethod } from './hook';
import {
  apply,
  bare,
  cloneRequest,
  create,
  getProperty,
  headersDelete,
  headersGet,
  NativeRequest,
  NativeTypeError,
  read,
  reflectConstruct,
  requestBlob,
  requestBody,
  requestBodyUsed,
  requestFormData,
  requestHeaders,
  whenSettled,
} from './natives';
import type { BodyGuard } from './request-body';

export function hookFetch(guard: BodyGuard): void {
  replaceMethod(globalThis, 'fetch', (native, self, args) => {
    const init = args[1];
    const fromRequest = (): Task | undefined => (read(requestBody, args[0]) ? heldRequest(native, self, args[0] as Request, init) : undefined);
    if (init === null || (typeof init !== 'object' && typeof init !== 'function')) return fromRequest();
    const asItIs = task(native, self, args);
    return sequence(task(getProperty, undefined, [init, 'body']), (body) => {
      if (body === undefined || body === null) return fromRequest() ?? asItIs;
      return heldInit(native, self, args[0], init, body) ?? asItIs;
    });
  });

  function heldInit(native: Callable, self: unknown, url: unknown, init: object, body: unknown): Task | undefined {
    const gate = closedGate();
    const args = [url, undefined];
    const send = (cloaked: unknown): void => {
      args[1] = create(init, bare({ body: bare({ value: cloaked, enumerable: true }) }));
      gate.open();
    };
    return guard.check(body, send, () => fail(gate)) ? answer(gate.passing(task(native, self, args))) : undefined;
  }

  function heldRequest(native: Callable, self: unknown, request: Request, init: unknown): Task | undefined {
    const type = (apply(headersGet, apply(requestHeaders, request, []), ['content-type']) as string | null) ?? '';
    const isForm = type.slice(0, 19) === 'multipart/form-data';
    if ((!isForm && type.slice(0, 6) !== 'image/') || read(requestBodyUsed, request) || !guard.knowsAny()) return undefined;
    const gate = closedGate();
    const args = [apply(cloneRequest, request, []) as Request, init];
    const look = (body: unknown): void => {
      const send = (cloaked: unknown): void => {
        const swapped = new NativeRequest(request, bare({ body: cloaked as BodyInit, duplex: 'half' }) as RequestInit);
        if (isForm) apply(headersDelete, apply(requestHeaders, swapped, []), ['content-type']); // its boundary is another now
        args[0] = isForm ? new NativeRequest(swapped, bare({ body: cloaked as BodyInit })) : swapped;
        gate.open();
      };
      if (!guard.check(body, send, () => fail(gate))) gate.open();
    };
    whenSettled(apply(isForm ? requestFormData : requestBlob, apply(cloneRequest, request, []), []) as Promise<unknown>, look, () => fail(gate));
    return answer(gate.passing(task(native, self, args)));
  }
}

/** With an error that shows none of our functions: the browser makes it. */
function fail(gate: Gate): void {
  const making = closedGate();
  const error = making.passing(task(reflectConstruct, undefined, [NativeTypeError, ['Failed to fetch']]));
  whenSettled(error, gate.fail, gate.fail);
  making.open();
}
