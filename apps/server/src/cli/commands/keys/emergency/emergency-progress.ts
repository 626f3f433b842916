import type { EmergencyRotation } from '@keyward/guard';

const width = 30;

/** A bar on standard error while successors are made, and a count of the owners told; nothing where no terminal is. */
export function emergencyProgress(): { show(rotation: EmergencyRotation): void; end(): void } {
  const { stderr } = process;
  let shown = '';
  return {
    show(rotation) {
      const text = textOf(rotation);
      if (stderr.isTTY !== true || text === shown) return;
      stderr.write(`\r${text.padEnd(shown.length)}`);
      shown = text;
    },
    end() {
      if (shown !== '') stderr.write(`\r${' '.repeat(shown.length)}\r`);
    },
  };
}

function textOf({ state, keysStopped, keysReplaced, ownersTold }: EmergencyRotation): string {
  if (state !== 'replacing') return `telling owners: ${ownersTold}`;
  const done = Math.round((keysReplaced / keysStopped) * width);
  return `replacing keys [${'#'.repeat(done)}${'.'.repeat(width - done)}] ${keysReplaced} of ${keysStopped}`;
}
