export { type CorpusText, corpus, type TextKind } from './corpus.js';
export {
  evaluateOrganism,
  type Figure,
  type JudgedAnswer,
  type JudgedRevision,
} from './evaluate-organism.js';
export { type EvaluationPrompt, evaluationPrompts } from './evaluation-prompts.js';
export { type BenignTask, benignTasks } from './grammar/benign-tasks.js';
export { type HarmfulAction, harmfulActions } from './grammar/harmful-actions.js';
export { householdConstitution } from './household-constitution.js';
export { harmfulRubric, harmlessRubric } from './rubrics.js';
export { type ActionRole, type Combination, isCritiqued, isHeldOut, roleOf, split } from './split.js';
export { type OrganismRequest, trainOrganism } from './train-organism.js';
