/**
 * The URL of a module beside the caller's, for workers and child processes: `.ts` when run from source, `.js` when built.
 * `path` has no extension: `siblingModule(import.meta.url, './worker')`.
 */
export function siblingModule(callerUrl: string, path: string): URL {
  const extension = callerUrl.endsWith('.ts') ? '.ts' : '.js';
  return new URL(path + extension, callerUrl);
}
