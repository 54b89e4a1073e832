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
  isObject,
  NativeRequest,
  NativeTypeError,
  read,
  reflectConstruct,
  requestBlob,
  requestBody,
  requestBodyUsed,
  requestFormData,
  requestHeaders,
  requestMethod,
  whenSettled,
} from '../bridge/natives';
import type { Realm } from './realm';
import type { BodyGuard } from './request-body';

export function hookFetch(realm: Realm, guard: BodyGuard): void {
  replaceMethod(realm, 'fetch', (native, self, args) => {
    const init = args[1];
    const fromRequest = (): Task | undefined => (hasBody(args[0]) ? heldRequest(native, self, args[0] as Request, init) : undefined);
    if (!isObject(init)) return fromRequest();
    const asItIs = task(native, self, args);
    return sequence(task(getProperty, undefined, [init, 'body']), (body) => {
      if (body === undefined || body === null) return fromRequest() ?? asItIs;
      return heldInit(native, self, args[0], init, body) ?? asItIs;
    });
  });

  function heldInit(native: Callable, self: unknown, url: unknown, init: object, body: unknown): Task | undefined {
    const gate = closedGate();
    const args = [url, undefined];
    const withBody = (other: unknown): object => create(init, bare({ body: bare({ value: other, enumerable: true }) })) as object;
    const send = (cloaked: unknown): void => {
      args[1] = withBody(cloaked);
      gate.open();
    };
    const named = guard.named(body);
    if (guard.check(named, send, () => fail(gate))) return answer(gate.passing(task(native, self, args)));
    return named === body ? undefined : task(native, self, [url, withBody(named)]);
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

/** Also where that is not to be known: what holds nothing is looked into in vain. */
function hasBody(request: unknown): boolean {
  if (requestBody) return Boolean(read(requestBody, request));
  const method = read(requestMethod, request);
  return method !== undefined && method !== 'GET' && method !== 'HEAD';
}

/** With an error that shows none of our functions: the browser makes it. */
function fail(gate: Gate): void {
  const making = closedGate();
  const error = making.passing(task(reflectConstruct, undefined, [NativeTypeError, ['Failed to fetch']]));
  whenSettled(error, gate.fail, gate.fail);
  making.open();
}
