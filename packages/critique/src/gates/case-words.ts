import { words } from '@charter/text-statistics';

/** Words that fit any case: they name nothing of this one. English; words of other alphabets all count. */
const ANYWHERE = new Set(
  `about above actually after again against agree also although always another answer answers anyone anything assistant
  because been before being best better between both cannot case clear clearly could critique does doing done don't each
  else even ever every everyone example first from gave give given gives good harm harmful have having help helpful helps
  here hers himself however human into it's itself just know less like made make makes making many maybe might more most
  much must need needs never none nothing only other others ought over part people person perhaps please point possible
  question quite rather read reader really reply request response right said same says seem seems sense should since some
  somebody someone something still such sure tell than that that's their them themselves then there these they they're
  thing things think this those though through thus under unless until upon user very want wants well were what when where
  whether which while whose will with within without word words would wrong your you're yours`.split(/\s+/),
);

/** Words that may name something of a case: not short ones, nor those that fit any. */
export const caseWords = (text: string): Set<string> =>
  new Set(words(text).filter(word => /[^\x20-\x7e]/.test(word) || (word.length >= 4 && !ANYWHERE.has(word))));
