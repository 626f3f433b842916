import { open } from 'node:fs/promises';
import { type ImportReport, importKeys, isProblem, newImportSchema, readJsonLines } from '@keyward/guard';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailed, print } from '../../output.ts';
import { progressOf } from '../../progress.ts';
import { byCli, collect, failOn, validated } from '../../usage.ts';
import { withServices } from '../../with-services.ts';

interface ImportOptions {
  readonly pattern: string;
  readonly prefixLength: number;
  readonly service?: string;
  readonly env?: string;
  readonly owner?: string;
  readonly scope?: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function addImport(group: Command): void {
  group
    .command('import')
    .description('Import keys of another system by their bcrypt or SHA-256 hashes: all lines, or none.')
    .argument('<file>', 'JSON lines; - for standard input')
    .requiredOption('--pattern <pattern>', 'what the keys look like, such as acme_[A-Za-z0-9]{32}')
    .requiredOption('--prefix-length <n>', 'how many of their first characters are no secret', parseLength)
    .option('--service <service>', 'for lines that do not say')
    .addOption(new Option('--env <environment>', 'for lines that do not say').choices(['live', 'test']))
    .option('--owner <id or email>', 'for lines that do not say')
    .option('--scope <scope>', 'for lines that do not say; give it several times', collect)
    .option('--dry-run', 'check everything, keep nothing')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      "\nExample:\n  keyward keys import keys.jsonl --pattern 'acme_[A-Za-z0-9]{32}' --prefix-length 9 --service meterr --env live --scope tokens:write",
    )
    .action(async (file: string, options: ImportOptions) => {
      const report = await importFile(file, options);
      if (report.wrong > 0) throw new CommandFailed(wrongLines(report));
      const { importId, imported, skipped, skippedLines } = report;
      print(
        { imported, skipped, import_id: importId, skipped_lines: skippedLines },
        () => inWords(report, options.dryRun === true),
        options,
      );
    });
}

async function importFile(file: string, options: ImportOptions): Promise<ImportReport> {
  const wanted = validated(newImportSchema, {
    pattern: options.pattern,
    prefixLength: options.prefixLength,
    isDryRun: options.dryRun,
    defaults: {
      ...(options.service !== undefined && { service: options.service }),
      ...(options.env !== undefined && { environment: options.env }),
      ...(options.owner !== undefined && { owner: options.owner }),
      ...(options.scope !== undefined && { scopes: options.scope }),
    },
  });
  await using input = await openInput(file);
  const progress = progressOf('Importing', input.bytes);
  try {
    const report = await withServices((installation) => {
      const lines = readJsonLines(progress.through(input.chunks));
      return importKeys(installation, wanted, lines, byCli);
    });
    return isProblem(report) ? failOn(report) : report;
  } finally {
    progress.end();
  }
}

interface InputFile extends AsyncDisposable {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Undefined: nobody knows. */
  readonly bytes: number | undefined;
}

async function openInput(file: string): Promise<InputFile> {
  if (file === '-') {
    return { chunks: process.stdin, bytes: undefined, [Symbol.asyncDispose]: async () => {} };
  }
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    throw new CommandFailed(`${file} cannot be read (${error.code}).`);
  });
  const { size } = await handle.stat();
  return {
    chunks: handle.createReadStream({ autoClose: false }),
    bytes: size,
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

function inWords({ imported, skipped, skippedLines }: ImportReport, isDryRun: boolean): string {
  const done = isDryRun ? `${imported} keys would be imported` : `${imported} keys are imported`;
  if (skipped === 0) return `${done}.`;
  const more = skipped > skippedLines.length ? ', …' : '';
  return `${done}, ${skipped} were before and stay as they are (lines ${skippedLines.join(', ')}${more}).`;
}

function wrongLines({ wrong, errors }: ImportReport): string {
  const shown = errors.map(
    ({ line, pointer, message }) => `  line ${line}: ${[pointer, message].join(' ').trim()}`,
  );
  const listed = new Set(errors.map(({ line }) => line)).size;
  const rest = wrong > listed ? [`  and ${wrong - listed} more lines`] : [];
  const lines = wrong === 1 ? '1 line is wrong' : `${wrong} lines are wrong`;
  return [`nothing was imported: ${lines}.`, ...shown, ...rest].join('\n');
}

function parseLength(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Must be a number from 1 to 64.');
  return Number(text);
}
