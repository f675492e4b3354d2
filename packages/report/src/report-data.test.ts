import { expect, test } from 'vitest';
import { demo } from '../test/demo.js';
import { parseReport } from './report-data.js';
import { ReportError } from './report-error.js';

const message = (data: unknown) => {
  try {
    parseReport(data);
  } catch (error) {
    expect(error).toBeInstanceOf(ReportError);
    return (error as Error).message;
  }
  throw new Error('the data was accepted');
};

const metric = (values: object) => ({ name: 'a', label: 'A', better: 'lower', values });

test('report.json is the data: it survives a trip through JSON', () => {
  expect(parseReport(JSON.parse(JSON.stringify(demo)))).toEqual(parseReport(demo));
});

test('nothing at all is a report, and says so with defaults', () => {
  expect(parseReport({})).toEqual({ title: 'Charter report', confidence: 0.95, stages: [] });
});

test('stages that are not listed are taken from the data, in their order', () => {
  const data = {
    metrics: [metric({ base: { value: 1, n: 5 } })],
    samples: [{ kind: 'helpful', prompt: '', answers: { dpo: '' } }],
  };
  expect(parseReport(data).stages).toEqual(['base', 'dpo']);
});

test('an error names the place in the data, what is wrong there and what to do', () => {
  const text = message({ metrics: [metric({ base: { value: 1 } })] });
  expect(text).toContain('The report data does not fit its schema:\n  metrics[0].values.base.n: ');
  expect(text).toContain('every section is optional');
  expect(message({ curves: { 'my stage': [{}] } })).toContain('curves["my stage"][0].step: ');
});

test('an interval has two ends, in order', () => {
  expect(message({ metrics: [metric({ base: { value: 1, low: 0, n: 5 } })] })).toContain(
    'low and high come together',
  );
  expect(message({ metrics: [metric({ base: { value: 1, low: 3, high: 2, n: 5 } })] })).toContain(
    'low is above high',
  );
});

test('a stage that is not among the stages is an error, not a missing column', () => {
  expect(message({ stages: ['base'], metrics: [metric({ stf: { value: 1, n: 5 } })] })).toContain(
    'metrics[0].values: stage "stf" is not in stages (base)',
  );
});

test('an unknown key is an error', () => {
  expect(message({ metric: [] })).toContain('"metric"');
});

test('the error carries its facts and the marker that the command line looks for', () => {
  try {
    parseReport({ metrics: 3 });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ [Symbol.for('charter.error')]: true, problems: [{ where: 'metrics' }] });
  }
});
