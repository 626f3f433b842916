/** Something about one place of a document, by JSON Pointer (RFC 6901); of one standard where that is named. */
export interface Finding {
  readonly pointer: string;
  readonly message: string;
  readonly standard?: string;
}

export interface Findings {
  readonly list: readonly Finding[];
  add(pointer: string, message: string, standard?: string): void;
}

// A document of a hundred thousand wrong attributes must not become an answer of as many lines.
const findingsMax = 100;

/** A list of findings that keeps the first 100. */
export function collectFindings(): Findings {
  const list: Finding[] = [];
  return {
    list,
    add(pointer, message, standard) {
      if (list.length >= findingsMax) return;
      list.push({ pointer, message, ...(standard !== undefined && { standard }) });
    },
  };
}
