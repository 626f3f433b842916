/** The largest file (U1): 50 MiB. */
export const fileBytesMax = 50 * 1024 * 1024;

/** Room for the form around the file: boundaries, part headers, the other fields. */
export const uploadBodyBytesMax = fileBytesMax + 64 * 1024;

export const formLimits = {
  fileSize: fileBytesMax,
  files: 1,
  fields: 4,
  parts: 6,
  fieldSize: 64,
  fieldNameSize: 64,
  headerPairs: 16,
  headerSize: 8 * 1024,
} as const;
