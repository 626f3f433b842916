/**
 * What the claim page does, allowed by its hash. The token is taken out of the address bar before anything else, names
 * reach the page as text only, and a key is made by a press of its button and by nothing else.
 */
export const claimScript = `
const main = document.querySelector('#claim');
const status = document.querySelector('#status');
const list = document.querySelector('#keys');
const more = document.querySelector('#more');
let token = '';
let cursor;
let unsaved = 0;

async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    credentials: 'omit',
    cache: 'no-store',
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail || answer.title);
  return answer;
}

function element(name, text, properties) {
  const made = Object.assign(document.createElement(name), properties);
  made.textContent = text;
  return made;
}

function showKey(item, key, name) {
  const field = element('input', '', { value: key, readOnly: true, spellcheck: false, autocomplete: 'off' });
  field.setAttribute('aria-label', 'The new key ' + name);
  const copy = element('button', 'Copy', { type: 'button' });
  const note = element('p', 'This is the only time that the key is shown. Save it now.', { className: 'note' });
  note.setAttribute('role', 'status');
  let isSaved = false;
  unsaved += 1;
  copy.addEventListener('click', async () => {
    field.select();
    try {
      await navigator.clipboard.writeText(key);
      note.textContent = 'Copied. The key is not shown again once this page is closed.';
      if (!isSaved) unsaved -= 1;
      isSaved = true;
    } catch {
      note.textContent = 'Copying is not allowed here: the key is selected, copy it by hand.';
    }
  });
  item.append(field, copy, note);
  field.focus();
  field.select();
}

function addKey(key) {
  const item = document.createElement('li');
  item.append(element('h2', key.name));
  item.append(element('p', key.service + ', ' + key.environment + ': ' + key.scopes.join(' ')));
  list.append(item);
  if (key.state === 'claimed') return item.append(element('p', 'Its new key was shown already.', { className: 'note' }));
  if (key.state === 'ended') return item.append(element('p', 'This key was stopped.', { className: 'note' }));
  const button = element('button', 'Show the new key', { type: 'button' });
  button.setAttribute('aria-label', 'Show the new key ' + key.name);
  const problem = element('p', '', { className: 'problem' });
  problem.setAttribute('role', 'alert');
  item.append(button, problem);
  button.addEventListener('click', async () => {
    button.disabled = true;
    problem.textContent = '';
    try {
      const made = await post('/v1/keys/claims', { claim: token, key_id: key.id });
      button.remove();
      problem.remove();
      showKey(item, made.key, key.name);
    } catch (error) {
      button.disabled = false;
      problem.textContent = error.message;
    }
  });
}

async function addPage() {
  more.hidden = true;
  const page = await post('/v1/keys/claims/list', cursor ? { claim: token, cursor } : { claim: token });
  page.data.forEach(addKey);
  cursor = page.next_cursor;
  more.hidden = !cursor;
  status.textContent = 'Each key is made and shown once, until ' + new Date(page.expires_at).toLocaleString() + '.';
}

function fail(error) {
  status.textContent = error.message;
}

function open() {
  if (!location.hash) {
    if (!token) status.textContent = 'Open the link that you were sent: the part behind # is missing.';
    return;
  }
  token = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  cursor = undefined;
  list.replaceChildren();
  addPage().catch(fail);
}

more.addEventListener('click', () => addPage().catch(fail));
addEventListener('hashchange', open);
addEventListener('beforeunload', (event) => {
  if (unsaved > 0) event.preventDefault();
});
main.hidden = false;
open();
`;
