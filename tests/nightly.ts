/** True in `npm run test:nightly`, which also runs the tests that are slow and guard little. */
export const nightly = process.env.CHARTER_NIGHTLY === '1';

/** Behind the title of a test that only the nightly run has. */
export const onlyNightly = nightly ? '' : ' (skipped: slow, npm run test:nightly runs it)';
