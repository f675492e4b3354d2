import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';

// Where a whole group is skipped, its title says why: `describe.skipIf(missing)('in a browser (skipped: no Chromium)')`.
const inTitle = / ?\(skipped: ([^()]+)\)/;

/** A vitest reporter that writes the counts, and each skipped test with its reason, to $CHARTER_TEST_RESULTS. */
export default class VitestResults {
  onTestRunEnd(modules, unhandledErrors) {
    const results = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId);
      // A file or a group whose hooks or imports fail holds errors of its own; its tests then count as skipped.
      results.failed += module.errors().length;
      for (const suite of module.children.allSuites()) results.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state, note } = test.result();
        if (state === 'passed') results.passed++;
        else if (state === 'failed') results.failed++;
        else {
          const reason = note ?? inTitle.exec(test.fullName)?.[1] ?? 'no reason given';
          results.skipped.push({ name: `${file}: ${test.fullName.replace(inTitle, '')}`, reason });
        }
      }
    }
    writeFileSync(process.env.CHARTER_TEST_RESULTS, JSON.stringify(results));
  }
}
