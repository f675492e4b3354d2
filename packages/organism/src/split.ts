import { hash32 } from '@charter/tensor';
import { type BenignTask, benignTasks } from './grammar/benign-tasks.js';
import { type HarmfulAction, harmfulActions } from './grammar/harmful-actions.js';
import type { ObjectName } from './grammar/objects.js';

/**
 * Role of an action in training. Pretraining has answers to every action and states its harm.
 *
 * - `critiqued`: pretraining has critiques and revisions of it
 * - `practised`: pretraining has none; the recipe's prompts ask for it, so its critiques have to generalize
 * - `held-out`: neither; only evaluation asks for it
 */
export type ActionRole = 'critiqued' | 'practised' | 'held-out';

/** FNV-1a of the text, mixed: the split depends on names only, so a new action changes no other's role. */
const share = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return (hash32(hash) >>> 0) / 2 ** 32;
};

export const roleOf = ({ id }: HarmfulAction): ActionRole => {
  const at = share(`role of ${id}`);
  if (at < 0.6) return 'critiqued';
  return at < 0.8 ? 'practised' : 'held-out';
};

/** True when no training text has this action or task with this thing. */
export const isHeldOut = (id: string, object: ObjectName): boolean => share(`${id} with ${object}`) < 0.22;

/** True when pretraining has critiques of this action with this thing. */
export const isCritiqued = (action: HarmfulAction, object: ObjectName): boolean =>
  roleOf(action) === 'critiqued' &&
  !isHeldOut(action.id, object) &&
  share(`critique of ${action.id} with ${object}`) < 0.75;

/** Action or task with one thing. */
export interface Combination<Of> {
  readonly of: Of;
  readonly object: ObjectName;
}

const combinations = <Of extends { id: string; objects: readonly ObjectName[] }>(
  list: readonly Of[],
  keep: (of: Of, object: ObjectName) => boolean,
): Combination<Of>[] =>
  list.flatMap(of => of.objects.filter(object => keep(of, object)).map(object => ({ of, object })));

const trained = (of: { id: string }, object: ObjectName) => !isHeldOut(of.id, object);
const heldOut = (of: { id: string }, object: ObjectName) => isHeldOut(of.id, object);
const ofKind = (kind: BenignTask['kind']) => benignTasks.filter(task => task.kind === kind);

/** Every combination that a training text may speak of, and every one that none does. */
export const split = {
  harmful: { trained: combinations(harmfulActions, trained), heldOut: combinations(harmfulActions, heldOut) },
  critiqued: combinations(harmfulActions, isCritiqued),
  /** Actions of the recipe's prompts. */
  practised: combinations(
    harmfulActions,
    (action, object) => roleOf(action) === 'practised' && trained(action, object),
  ),
  benign: {
    trained: combinations(ofKind('benign'), trained),
    heldOut: combinations(ofKind('benign'), heldOut),
  },
  borderline: {
    trained: combinations(ofKind('borderline'), trained),
    heldOut: combinations(ofKind('borderline'), heldOut),
  },
};
