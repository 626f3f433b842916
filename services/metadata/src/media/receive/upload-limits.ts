/** The largest file (U1): 50 MiB. */
export const fileBytesMax = 50 * 1024 * 1024;

/** Files in one batch, and their bytes together. */
export const batchFilesMax = 20;
export const batchBytesMax = 256 * 1024 * 1024;

/** Room for the form around a file: boundaries, part headers, the other fields. */
const formBytesMax = 64 * 1024;

/** What a form may hold. */
export interface FormShape {
  /** The field of its files. */
  readonly field: string;
  readonly filesMax: number;
  /** Whether one bad file refuses the form; otherwise each has its own outcome. */
  readonly isAllOrNothing: boolean;
  readonly bodyBytesMax: number;
  readonly tooLarge: string;
}

export const singleForm: FormShape = {
  field: 'file',
  filesMax: 1,
  isAllOrNothing: true,
  bodyBytesMax: fileBytesMax + formBytesMax,
  tooLarge: `A file has at most ${fileBytesMax} bytes.`,
};

export const batchForm: FormShape = {
  field: 'files',
  filesMax: batchFilesMax,
  isAllOrNothing: false,
  bodyBytesMax: batchBytesMax + formBytesMax,
  tooLarge: `A batch has at most ${batchBytesMax} bytes.`,
};

export function parserLimits({ filesMax }: FormShape) {
  const fields = 4;
  return {
    fileSize: fileBytesMax,
    files: filesMax,
    fields,
    parts: filesMax + fields + 1,
    fieldSize: 64,
    fieldNameSize: 64,
    headerPairs: 16,
    headerSize: 8 * 1024,
  };
}

/** How slow an upload may be (V2). */
export interface UploadPace {
  /** Milliseconds without a byte. */
  readonly idleMsMax: number;
  /** Milliseconds for one request; the HTTP server gives up shortly after. */
  readonly wholeMsMax: number;
}

export const defaultPace: UploadPace = { idleMsMax: 20_000, wholeMsMax: 280_000 };
