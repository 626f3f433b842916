import type { Readable } from 'node:stream';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import { isProblem, type Problem, refuse } from '@keyward/guard';
import { formLimits } from './upload-limits.ts';

/** What a form held, once all of it has arrived. */
export interface FormContent<File> {
  readonly file: File;
  readonly claimedName: string | undefined;
  readonly fields: ReadonlyMap<string, string>;
}

export interface FormSink<File> {
  /** Takes the file while it arrives. */
  takeFile(source: Readable): Promise<File | Problem>;
  /** Called once, as soon as the form is known to be refused; nothing more need be written to it. */
  onRefused(): void;
}

const malformedForm = refuse('malformed_request', {
  detail: 'The multipart form is malformed or ends early.',
});

/** Parses a multipart form with one file in the field `file` (RFC 7578), a chunk at a time, under limits for everything. */
export class UploadForm<File extends object> {
  readonly #parser: BusboyInstance;
  readonly #sink: FormSink<File>;
  readonly #fields = new Map<string, string>();
  readonly #parsed: Promise<void>;
  #file: Promise<File | undefined> | undefined;
  #source: Readable | undefined;
  #claimedName: string | undefined;
  #problem: Problem | undefined;
  #resume: (() => void) | undefined;

  /** Throws when `contentType` is not multipart/form-data with a boundary. */
  constructor(contentType: string, sink: FormSink<File>) {
    this.#sink = sink;
    this.#parser = new Busboy({ headers: { 'content-type': contentType }, limits: formLimits });
    this.#parser.on('file', (field, stream, name) => this.#onFile(field, stream, name));
    this.#parser.on('field', (field, value, nameCut, valueCut) =>
      this.#onField(field, value, nameCut || valueCut),
    );
    for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
      this.#parser.on(limit, () => this.refuse(invalid('', 'The form has one file and few other fields.')));
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

  /** Says that no more comes. Resolves once the file is written; throws when it could not be. */
  async end(): Promise<FormContent<File> | Problem> {
    if (!this.#problem) {
      const refused = new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#parser.end();
      await Promise.race([this.#parsed, refused]);
    }
    const file = await this.#file;
    if (this.#problem) return this.#problem;
    if (!file) return invalid('/file', 'Send the file in the form field "file".');
    return { file, claimedName: this.#claimedName, fields: this.#fields };
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
    if (this.#problem || field !== 'file' || this.#file) {
      source.resume();
      this.refuse(invalid('', 'The form has one file, in the field "file".'));
      return;
    }
    source.on('limit', () => this.refuse(refuse('file_too_large')));
    this.#claimedName = name;
    this.#source = source;
    this.#file = this.#take(source);
    this.#file.catch(() => {}); // end() hears of it
  }

  async #take(source: Readable): Promise<File | undefined> {
    try {
      const outcome = await this.#sink.takeFile(source);
      if (!isProblem(outcome)) return outcome;
      this.refuse(outcome);
    } catch (error) {
      // A source that was cut off because of a refusal ends with an error of its own; any other is the disk's.
      if (this.#problem) return undefined;
      this.refuse(refuse('internal_error'));
      throw error;
    }
    return undefined;
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
