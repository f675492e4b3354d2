import { expect, test } from 'vitest';
import { demo } from '../test/demo.js';
import { renderMarkdown } from './render-markdown.js';

const render = (data: Parameters<typeof renderMarkdown>[0]) => renderMarkdown(data).replaceAll('\u00a0', ' ');

test('a model card gets the headline and the table, with intervals and n', () => {
  const text = render(demo);
  expect(text).toContain(
    '- **Harmful requests complied with: 92 % → 8 %** (88–95 %, n = 200 → 5–13 %, n = 200): clearly lower',
  );
  expect(text).toContain(
    '| Measure | Base | After SFT | After DPO | Change |\n| --- | --- | --- | --- | --- |',
  );
  expect(text).toContain('44 % (23–67 %, n = 16; few cases)');
  expect(text).toContain('412 of 500 revised answers (82 %) passed every check');
});

test('a model card gets the frontier, other ways of asking, and what remains', () => {
  const text = render(demo);
  expect(text).toContain('| 40 % helpful (**this run**) | 8 % (5–13 %, n = 200) | 96 % (92–98 %, n = 200) |');
  expect(text).toContain('### Asked in other ways');
  expect(text).toContain('| adapter taken off | 92 % (88–96 %, n = 200) |');
});

test('samples stay out of a model card', () => {
  expect(render(demo)).not.toContain('ladder');
});

test('a label cannot break its table cell or become markup', () => {
  const values = { base: { value: 1, n: 40 } };
  const text = render({ metrics: [{ name: 'x', label: 'a | b\n<b>*c*</b> &lt;', better: 'none', values }] });
  expect(text).toContain('| a \\| b \\<b\\>\\*c\\*\\</b\\> \\&lt; | 1 (no interval, n = 40) |  |');
});

test('a label in the opening sentence is no markup either', () => {
  const at = (value: number) => ({ value, low: value, high: value, n: 40 });
  const values = { base: at(1), dpo: at(0) };
  const text = render({
    metrics: [{ name: 'x', label: '<b>*c*</b>', better: 'lower', unit: 'ratio', values }],
  });
  expect(text).toContain('\n\\<b\\>\\*c\\*\\</b\\>: clearly lower, 100 % → 0 %.\n');
});

test('a run that has nothing yet is a title', () => {
  expect(render({ title: 'Nothing yet' })).toBe('## Nothing yet\n');
});
