/** Measured agreement of the rules with people, for the reader of a figure that rests on them; see README.md. */
export const rulesAgreement =
  'Judged by rules: on labelled answers of five chat models to prompts that were kept back while the rules were written, Cohen’s kappa with ' +
  'people was 0.93, by model 0.80 to 1.00. Models that answer otherwise, and other languages than English, were not measured.';
