import { type JournalFiles, systemFiles } from '../journal/journal-files.ts';

export interface SmallDisk extends JournalFiles {
  /** What the disk holds in all, bytes; may be changed. */
  capacityBytes: number;
  readonly usedBytes: number;
}

/** A file system of so many bytes: what goes beyond fails with ENOSPC, after as much of it as there is room for. */
export function smallDisk(capacityBytes: number): SmallDisk {
  const sizes = new Map<number, number>();
  const used = () => [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const full = () => Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  return {
    ...systemFiles,
    capacityBytes,
    get usedBytes() {
      return used();
    },
    create(path) {
      if (used() >= this.capacityBytes) throw full();
      const file = systemFiles.create(path);
      sizes.set(file, 0);
      return file;
    },
    write(file, bytes, from, position) {
      const size = sizes.get(file) ?? 0;
      const growth = Math.max(0, position + bytes.length - from - size);
      const granted = Math.min(growth, this.capacityBytes - used());
      const count = bytes.length - from - (growth - Math.max(granted, 0));
      if (count <= 0) throw full();
      sizes.set(file, Math.max(size, position + count));
      return systemFiles.write(file, bytes.subarray(0, from + count), from, position);
    },
    truncate(file, byteLength) {
      systemFiles.truncate(file, byteLength);
      sizes.set(file, byteLength);
    },
    async reserve(path, byteLength, signal) {
      if (used() + byteLength > this.capacityBytes) throw full();
      const file = await systemFiles.reserve(path, byteLength, signal);
      sizes.set(file, byteLength);
      return file;
    },
    freeBytes: async function (this: SmallDisk) {
      return Math.max(0, this.capacityBytes - used());
    },
  };
}
