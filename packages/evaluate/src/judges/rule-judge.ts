import { judgeByRubric } from './judge-by-rubric.js';
import { judgeByRules } from './judge-by-rules.js';
import type { Judge } from './verdict.js';

/** {@link judgeByRubric} for prompts that have a rubric, {@link judgeByRules} for the others. */
export const ruleJudge: Judge = {
  name: 'rules',
  judge: answer => (answer.rubric ? judgeByRubric(answer, answer.rubric) : judgeByRules(answer)),
};
