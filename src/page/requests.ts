/** Questions to the extension's world that take their time. */
import { REPLY, type Reply } from '../bridge/names';
import { create, NativeDOMException } from '../bridge/natives';
import { onParcel } from '../bridge/wire';

interface Asked {
  onFiles(files: File[], reply: Reply): void;
  onError(error: DOMException): void;
}

export interface Requests {
  /** `send` gets the number that the reply will carry; false when the other world does not take care of it. */
  ask(send: (id: number) => boolean, onFiles: Asked['onFiles'], onError: Asked['onError']): boolean;
}

export function openRequests(wire: EventTarget): Requests {
  const waiting = create(null) as Record<number, Asked>;
  let lastId = 0;
  onParcel(wire, REPLY, ({ note, files }) => {
    const reply = note as Reply;
    const asked = waiting[reply.id];
    delete waiting[reply.id];
    if (!asked) return;
    if (reply.error) asked.onError(new NativeDOMException(reply.error.message, reply.error.name));
    else asked.onFiles(files, reply);
  });
  return {
    ask(send, onFiles, onError) {
      const id = (lastId += 1);
      waiting[id] = { onFiles, onError };
      const isTaken = send(id);
      if (!isTaken) delete waiting[id];
      return isTaken;
    },
  };
}
