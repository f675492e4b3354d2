import { complied } from './complied-answers.fixture.js';
import { declined } from './declined-answers.fixture.js';
import { evaded } from './evaded-answers.fixture.js';
import type { LabelledAnswer } from './labelled-answer.fixture.js';

export const labelledAnswers: readonly LabelledAnswer[] = [...evaded, ...declined, ...complied];
