import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { isProblem, type Problem, refuse } from '@keyward/guard';
import { diskProblem } from '../storage/disk-problem.ts';
import { type FormShape, parserLimits } from './upload-limits.ts';

/** One file of a form: taken, or why not. */
export interface FormFile<File> {
  readonly claimedName: string | undefined;
  readonly outcome: File | Problem;
}

/** What a form held, once all of it has arrived. */
export interface FormContent<File> {
  readonly files: readonly FormFile<File>[];
  readonly fields: ReadonlyMap<string, string>;
}

export interface FormSink<File> {
  /** Takes a file while it arrives; they come one after the other, counted from 0. */
  takeFile(source: Readable, index: number): Promise<File | Problem>;
  /** Called once, as soon as the form is known to be refused; nothing more need be written to it. */
  onRefused(): void;
}

const malformedForm = refuse('malformed_request', {
  detail: 'The multipart form is malformed or ends early.',
});

/** Parses a multipart form of files (RFC 7578), a chunk at a time, under limits for everything. */
export class UploadForm<File extends object> {
  readonly #parser: BusboyInstance;
  readonly #shape: FormShape;
  readonly #sink: FormSink<File>;
  readonly #fields = new Map<string, string>();
  readonly #files: Promise<FormFile<File>>[] = [];
  readonly #parsed: Promise<void>;
  #source: Readable | undefined;
  #problem: Problem | undefined;
  #failure: unknown;
  #resume: (() => void) | undefined;

  /** Throws when `contentType` is not multipart/form-data with a boundary. */
  constructor(contentType: string, shape: FormShape, sink: FormSink<File>) {
    this.#shape = shape;
    this.#sink = sink;
    this.#parser = new Busboy({ headers: { 'content-type': contentType }, limits: parserLimits(shape) });
    this.#parser.on('file', (field, stream, name) => this.#onFile(field, stream, name));
    this.#parser.on('field', (field, value, nameCut, valueCut) =>
      this.#onField(field, value, nameCut || valueCut),
    );
    const tooMany = `The form has at most ${shape.filesMax} files, and few other fields.`;
    for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      this.#parser.on(limit, () => this.refuse(invalid('', tooMany)));
    }
    this.#parser.on('error', () => this.refuse(malformedForm));
    this.#parsed = new Promise((resolve) => this.#parser.on('finish', resolve));
  }

  get problem(): Problem | undefined {
    return this.#problem;
  }

  /** Resolves when the next chunk may come: the file's writer has kept up, or the form is refused. */
  write(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      if (this.#problem) return resolve();
      this.#parser.write(chunk, () => resolve());
    });
  }

  /** Says that no more comes. Resolves once the files are written; throws when one could not be. */
  async end(): Promise<FormContent<File> | Problem> {
    if (!this.#problem) {
      const refused = new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#parser.end();
      await Promise.race([this.#parsed, refused]);
    }
    const files = await Promise.all(this.#files);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#problem) return this.#problem;
    const { field } = this.#shape;
    if (files.length === 0) return invalid(`/${field}`, `Send the file in the form field "${field}".`);
    return { files, fields: this.#fields };
  }

  /** Refuses the form, unless it is refused already: what is being written ends, nothing more is taken. */
  refuse(problem: Problem): void {
    if (this.#problem) return;
    this.#problem = problem;
    this.#source?.destroy();
    this.#resume?.();
    this.#sink.onRefused();
  }

  #onFile(field: string | undefined, source: BusboyFileStream, name: string | undefined): void {
    source.on('error', () => this.refuse(malformedForm));
    const isInPlace = field === this.#shape.field && this.#files.length < this.#shape.filesMax;
    if (this.#problem || !isInPlace) {
      source.resume();
      this.refuse(
        invalid('', `Files stand in the field "${this.#shape.field}", at most ${this.#shape.filesMax}.`),
      );
      return;
    }
    this.#source = source;
    this.#files.push(this.#take(source, name, this.#files.length));
  }

  async #take(source: BusboyFileStream, name: string | undefined, index: number): Promise<FormFile<File>> {
    const cut = Promise.withResolvers<Problem>();
    source.on('limit', () => {
      const tooLarge = refuse('file_too_large');
      if (this.#shape.isAllOrNothing) this.refuse(tooLarge);
      cut.resolve(tooLarge);
    });
    const taken = await this.#takeOrFail(source, index);
    // Whatever is left of a file that was refused by itself is read past.
    source.resume();
    const outcome = source.truncated ? await cut.promise : taken;
    if (isProblem(outcome) && this.#shape.isAllOrNothing) this.refuse(outcome);
    return { claimedName: name, outcome };
  }

  async #takeOrFail(source: Readable, index: number): Promise<File | Problem> {
    try {
      return await this.#sink.takeFile(source, index);
    } catch (error) {
      // A source that was cut off because of a refusal ends with an error of its own; any other is the disk's.
      if (this.#problem) return this.#problem;
      const problem = diskProblem(error);
      if (!problem) this.#failure = error;
      this.refuse(problem ?? refuse('internal_error'));
      return problem ?? refuse('internal_error');
    }
  }

  #onField(field: string | undefined, value: string, isCut: boolean): void {
    const name = field ?? '';
    if (isCut) this.refuse(invalid(`/${name}`, 'The value is too long.'));
    if (this.#fields.has(name)) this.refuse(invalid(`/${name}`, 'The field is there twice.'));
    this.#fields.set(name, value);
  }
}

function invalid(pointer: string, message: string): Problem {
  return refuse('invalid_request', { errors: [{ pointer, message }] });
}
