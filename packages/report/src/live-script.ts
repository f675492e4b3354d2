/**
 * Script of a page that a run serves: it listens to `events` beside itself, shows the progress, and takes over
 * the parts of a newer page that differ, leaving alone what the reader has open. Written as text for the same reason as
 * `filterScript`.
 */
export const liveScript = `
(() => {
  const strip = document.querySelector('.live');
  const part = name => strip.querySelector('.live-' + name);
  const say = text => {
    if (part('stage').textContent !== text) part('stage').textContent = text;
  };
  const bar = part('bar');
  const seen = new Map();
  const parts = root => [...root.querySelectorAll('[data-part], main > section')];
  const key = element => element.dataset.part || element.id;
  for (const element of parts(document)) seen.set(key(element), element.outerHTML);

  const keepState = (before, after) => {
    const open = new Set(
      [...before.querySelectorAll('details[open] > summary')].map(summary => summary.textContent),
    );
    for (const summary of after.querySelectorAll('details > summary'))
      if (open.has(summary.textContent)) summary.parentElement.open = true;
    for (const control of before.querySelectorAll('input[id], select[id]')) {
      const twin = after.querySelector('#' + control.id);
      if (twin) twin.value = control.value;
    }
  };

  const takeOver = page => {
    const next = new DOMParser().parseFromString(page, 'text/html');
    const wanted = parts(next);
    const names = new Set(wanted.map(key));
    for (const element of parts(document)) if (!names.has(key(element))) element.remove();
    let last;
    for (const element of wanted) {
      const text = element.outerHTML;
      const name = key(element);
      const old = parts(document).find(one => key(one) === name);
      if (old && seen.get(name) === text) {
        last = old;
        continue;
      }
      seen.set(name, text);
      const fresh = document.importNode(element, true);
      if (old) {
        keepState(old, fresh);
        old.replaceWith(fresh);
      } else if (last && last.parentElement.matches('main')) last.after(fresh);
      else document.querySelector('main').prepend(fresh);
      last = fresh;
    }
    document.title = next.title;
    document.dispatchEvent(new Event('charter-update'));
  };

  const events = new EventSource('events');
  const on = (type, act) => events.addEventListener(type, event => act(JSON.parse(event.data)));
  on('progress', ({ label, done, total, fields }) => {
    say('Running: ' + label);
    bar.hidden = false;
    bar.max = Math.max(1, total);
    bar.value = done;
    part('numbers').textContent = done + ' of ' + total + (fields ? ' · ' + fields : '');
  });
  on('report', takeOver);
  on('end', text => {
    events.close();
    strip.classList.add('ended');
    say(text);
    bar.hidden = true;
    part('numbers').textContent = '';
  });
  events.onerror = () => {
    if (events.readyState !== EventSource.CLOSED) say('The run cannot be reached; trying again.');
  };
})();
`;
