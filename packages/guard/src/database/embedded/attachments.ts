import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { AttachmentRole } from './control-channel.ts';
import { processBornAt } from './process-identity.ts';

export interface Attachment {
  readonly role: AttachmentRole;
  readonly pid: number;
  /** As `processBornAt` says it, so that a later process with the same id is not taken for this one. */
  readonly bornAt: string;
}

/**
 * Who uses the server. An attachment is an open connection, which the kernel ends with its process, so none outlives it.
 * The node is written down as well: after the loss of the supervisor the next one keeps its seat until it is back.
 */
export class Attachments {
  readonly #nodeFile: string;
  readonly #bySocket = new Map<Socket, Attachment>();

  constructor(place: string) {
    this.#nodeFile = join(place, 'node.json');
  }

  get size(): number {
    return this.#bySocket.size;
  }

  /** Adds it, or says which process already is the node. */
  add(socket: Socket, attachment: Attachment): { readonly nodePid: number } | undefined {
    if (attachment.role === 'node') {
      const node = this.#node();
      const isItself = node?.pid === attachment.pid && node.bornAt === attachment.bornAt;
      if (node !== undefined && !(isItself && !this.#holdsNode())) return { nodePid: node.pid };
      writeFileSync(this.#nodeFile, JSON.stringify(attachment), { mode: 0o600 });
    }
    this.#bySocket.set(socket, attachment);
    return undefined;
  }

  /** False when it was not attached. */
  remove(socket: Socket): boolean {
    if (this.#bySocket.get(socket)?.role === 'node') rmSync(this.#nodeFile, { force: true });
    return this.#bySocket.delete(socket);
  }

  #holdsNode(): boolean {
    return [...this.#bySocket.values()].some((attachment) => attachment.role === 'node');
  }

  #node(): Attachment | undefined {
    const attached = [...this.#bySocket.values()].find((attachment) => attachment.role === 'node');
    return attached ?? this.#writtenNode();
  }

  #writtenNode(): Attachment | undefined {
    try {
      const node = JSON.parse(readFileSync(this.#nodeFile, 'utf8')) as Attachment;
      return processBornAt(node.pid) === node.bornAt ? node : undefined;
    } catch {
      return undefined;
    }
  }
}
