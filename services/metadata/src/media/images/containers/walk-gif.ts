import { type Container, type Malformed, malformed, trailing, truncated, type Walk } from './container.ts';

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
const GRAPHIC_CONTROL = 0xf9;
const PLAIN_TEXT = 0x01;
const APPLICATION = 0xff;

interface State {
  width: number;
  height: number;
  frames: number;
  /** A graphic control extension waits for the picture it belongs to. */
  control: Uint8Array | undefined;
  readonly pieces: Uint8Array[];
}

/**
 * Walks a GIF (GIF89a): screen, colour tables, blocks and their sub-blocks, the trailer as the last byte. Kept are
 * pictures, their controls and the loop count; comments, plain text, XMP and other applications' blocks are left out.
 */
export const walkGif: Walk = (file) => {
  if (!/^GIF8[79]a$/.test(file.toString('latin1', 0, 6))) return malformed('The GIF signature is missing.');
  if (file.length < 13) return truncated;
  const tableEnd = 13 + colorTableBytes(file[10]);
  if (tableEnd > file.length) return truncated;
  const state: State = {
    width: file.readUInt16LE(6),
    height: file.readUInt16LE(8),
    frames: 0,
    control: undefined,
    pieces: [file.subarray(0, tableEnd)],
  };
  let at = tableEnd;
  while (at < file.length) {
    const introducer = file[at];
    if (introducer === TRAILER) {
      state.pieces.push(file.subarray(at, at + 1));
      return at + 1 === file.length ? container(state) : trailing;
    }
    if (introducer !== EXTENSION && introducer !== IMAGE) return malformed('The GIF has an unknown block.');
    const end = introducer === IMAGE ? takeImage(file, at, state) : takeExtension(file, at, state);
    if (typeof end !== 'number') return end;
    at = end;
  }
  return truncated;
};

function colorTableBytes(packed = 0): number {
  return packed & 0x80 ? 3 << ((packed & 0x07) + 1) : 0;
}

function takeImage(file: Buffer, at: number, state: State): number | Malformed {
  if (at + 11 > file.length) return truncated;
  // A frame may reach beyond its screen; decoders grow the canvas, so it counts.
  state.width = Math.max(state.width, file.readUInt16LE(at + 1) + file.readUInt16LE(at + 5));
  state.height = Math.max(state.height, file.readUInt16LE(at + 3) + file.readUInt16LE(at + 7));
  // One byte of LZW code size precedes the sub-blocks.
  const end = subBlocksEnd(file, at + 10 + colorTableBytes(file[at + 9]) + 1);
  if (typeof end !== 'number') return end;
  if (state.control) state.pieces.push(state.control);
  state.control = undefined;
  state.pieces.push(file.subarray(at, end));
  state.frames += 1;
  return end;
}

function takeExtension(file: Buffer, at: number, state: State): number | Malformed {
  const end = subBlocksEnd(file, at + 2);
  if (typeof end !== 'number') return end;
  const block = file.subarray(at, end);
  switch (file[at + 1]) {
    case GRAPHIC_CONTROL:
      if (block.length !== 8) return malformed('A GIF graphic control has a wrong length.');
      state.control = block;
      break;
    case PLAIN_TEXT:
      state.control = undefined; // it controlled the text
      break;
    case APPLICATION:
      if (isLoopCount(block)) state.pieces.push(block);
      break;
  }
  return end;
}

/** Netscape's extension in its one exact form, so that nothing else travels in it. */
function isLoopCount(block: Buffer): boolean {
  const name = block.toString('latin1', 3, 14);
  return (
    block.length === 19 &&
    (name === 'NETSCAPE2.0' || name === 'ANIMEXTS1.0') &&
    block[2] === 11 &&
    block[14] === 3 &&
    block[15] === 1
  );
}

/** Position behind the empty sub-block that ends a list of sub-blocks. */
function subBlocksEnd(file: Buffer, from: number): number | Malformed {
  let at = from;
  while (at < file.length) {
    const length = file[at] as number;
    at += 1 + length;
    if (length === 0) return at;
  }
  return truncated;
}

function container(state: State): Container | Malformed {
  if (state.frames === 0) return malformed('The GIF has no picture.');
  const { width, height, frames, pieces } = state;
  return { kind: 'container', type: 'image/gif', width, height, frames, pieces };
}
