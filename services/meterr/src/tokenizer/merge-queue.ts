/** The merges that wait in a piece, a binary heap: the lowest token first, of equal ones the leftmost. */
export interface MergeQueue {
  heap: Float64Array;
  size: number;
}

/** A token and a position in one exact double: 18 bits and 31. */
const positions = 2 ** 31;

export function createMergeQueue(capacity: number): MergeQueue {
  return { heap: new Float64Array(capacity), size: 0 };
}

export function clearQueue(queue: MergeQueue): void {
  queue.size = 0;
}

export function pushMerge(queue: MergeQueue, token: number, at: number): void {
  const { heap } = queue;
  const key = token * positions + at;
  let hole = queue.size++;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    if ((heap[parent] as number) <= key) break;
    heap[hole] = heap[parent] as number;
    hole = parent;
  }
  heap[hole] = key;
}

/** The first merge as a key for `keyToken` and `keyPosition`; the queue must not be empty. */
export function popMerge(queue: MergeQueue): number {
  const { heap } = queue;
  const first = heap[0] as number;
  const size = --queue.size;
  const key = heap[size] as number;
  let hole = 0;
  for (let child = 1; child < size; child = hole * 2 + 1) {
    if (child + 1 < size && (heap[child + 1] as number) < (heap[child] as number)) child++;
    if ((heap[child] as number) >= key) break;
    heap[hole] = heap[child] as number;
    hole = child;
  }
  heap[hole] = key;
  return first;
}

export function keyToken(key: number): number {
  return Math.floor(key / positions);
}

export function keyPosition(key: number): number {
  return key % positions;
}
