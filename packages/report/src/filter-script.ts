/**
 * Script of the page: search and filter the samples, unfold them all. Without scripts the controls
 * stay hidden and everything can be read. Written as text because build tools add helpers to functions, which the
 * page would lack.
 */
export const filterScript = `
(() => {
  const start = () => {
    const form = document.querySelector('.filters');
    if (!form || !form.hidden) return;
    form.hidden = false;
    const control = name => document.getElementById(name);
    const samples = [...document.querySelectorAll('.sample')].map(element => ({
      element,
      text: element.textContent.toLowerCase(),
      flags: JSON.parse(element.dataset.flags),
    }));
    const update = () => {
      const words = control('find').value.toLowerCase().split(/\\s+/).filter(Boolean);
      const kind = control('kind')?.value;
      const principle = control('principle')?.value;
      const flag = control('flag')?.value;
      let shown = 0;
      for (const { element, text, flags } of samples) {
        const fits =
          words.every(word => text.includes(word)) &&
          (!kind || element.dataset.kind === kind) &&
          (!principle || element.dataset.principle === principle) &&
          (!flag || flags.includes(flag));
        element.hidden = !fits;
        if (fits) shown++;
      }
      control('shown').textContent = shown + ' of ' + samples.length + ' shown';
    };
    form.addEventListener('input', update);
    form.addEventListener('submit', event => event.preventDefault());
    control('unfold').addEventListener('click', ({ currentTarget: button }) => {
      const open = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(open));
      button.textContent = open ? 'Fold again' : 'Unfold all';
      for (const folded of document.querySelectorAll('.sample .folded')) folded.open = open;
    });
    update();
  };
  start();
  // A page that is live has new samples now and then.
  document.addEventListener('charter-update', start);
})();
`;
