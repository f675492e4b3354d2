import { sha256 } from '@charter/core/node';

/** A short name for any JSON values, equal for equal values: by it a case is found again in another stage. */
export const caseId = (...content: readonly unknown[]): string => sha256(content, 16);

/** {@link caseId} of each row; a row that is there twice gets a number with it. */
export const caseIds = <Row>(rows: readonly Row[], contentOf: (row: Row) => unknown): string[] => {
  const seen = new Map<string, number>();
  return rows.map(row => {
    const id = caseId(contentOf(row));
    const before = seen.get(id) ?? 0;
    seen.set(id, before + 1);
    return before === 0 ? id : `${id}-${before + 1}`;
  });
};
