import { hash } from 'node:crypto';
import { reportToParent } from './report-to-parent.ts';
import { serverSettings } from './settings.ts';
import { createUsualApp, type UsualKey } from './usual-app.ts';

// P2: the key is read from PostgreSQL by its SHA-256 on each request.
const app = await createUsualApp(serverSettings(), async (text, pool) => {
  const { rows } = await pool.query<UsualKey>(
    'SELECT id, user_id, scopes FROM usual_keys WHERE hash = $1 AND is_active',
    [hash('sha256', text)],
  );
  return rows[0];
});
reportToParent({ url: await app.listen({ host: '127.0.0.1', port: 0 }) });
