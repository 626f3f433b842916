import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../architecture/source-files.ts';
import { readStatus, statusPage } from './read-status.ts';

writeFileSync(join(root, 'docs/status.md'), statusPage(readStatus()));
