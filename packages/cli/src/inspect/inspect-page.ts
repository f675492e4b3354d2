import type { TokenPiece } from './token-pieces.js';

/** A row of the page: a text, or a prompt with two answers beside each other. */
export type InspectedRow = { readonly number: number; readonly remark: string } & (
  | { readonly tokens: readonly TokenPiece[] }
  | {
      readonly prompt: readonly TokenPiece[];
      readonly chosen: readonly TokenPiece[];
      readonly rejected: readonly TokenPiece[];
    }
);

export interface InspectPage {
  readonly title: string;
  /** Totals over all rows, as name and value. */
  readonly totals: readonly (readonly [string, string])[];
  readonly rows: readonly InspectedRow[];
}

/** One self-contained HTML page with the tokens of rows, coloured by what becomes of them. */
export const inspectPage = ({ title, totals, rows }: InspectPage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<dl>${totals.map(([name, value]) => `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl>
<p class="tokens legend"><span class="trained">trained</span> <span class="masked">masked</span> <span class="cut">cut off</span> <span class="masked special">special</span>; point at a token to see its id.</p>
${rows.map(section).join('\n')}
</body>
</html>
`;

const section = (row: InspectedRow): string => {
  const body =
    'tokens' in row
      ? block(row.tokens)
      : `${block(row.prompt)}<div class="beside"><div><h3>chosen</h3>${block(row.chosen)}</div><div><h3>rejected</h3>${block(row.rejected)}</div></div>`;
  return `<section id="row-${row.number}"><h2>Row ${row.number}</h2><p>${escaped(row.remark)}</p>${body}</section>`;
};

const block = (pieces: readonly TokenPiece[]): string =>
  `<div class="tokens">${pieces
    .map(({ text, ids, kind, special }) => {
      const name = special ? `${kind} special` : kind;
      return `<span class="${name}" title="${ids.join(' ')} ${name}">${escaped(text).replaceAll('\n', '↵\n')}</span>`;
    })
    .join('')}</div>`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escaped = (text: string): string => text.replace(/[&<>"]/g, character => ENTITIES[character]!);

// Kinds differ by more than their colour: underlined, plain, struck through, framed.
const STYLE = `
:root { color-scheme: light dark; --green: #10692f; --grey: #5b616b; --red: #a3262a; --line: #d0d4da; --card: #f6f7f9; }
@media (prefers-color-scheme: dark) { :root { --green: #7ee2a0; --grey: #a2a9b4; --red: #ff9a97; --line: #3a4048; --card: #1d2126; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 1.6rem 0 0; } h3 { font-size: 1rem; margin: .6rem 0 0; }
section p { margin: 0 0 .3rem; color: var(--grey); }
dl { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; }
dl div { border: 1px solid var(--line); border-radius: .5rem; padding: .3rem .7rem; }
dt { font-size: .8rem; color: var(--grey); } dd { margin: 0; font-weight: 600; }
.tokens { font: .9rem/1.7 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border-radius: .5rem; padding: .5rem .7rem; }
.legend { white-space: normal; }
.trained { color: var(--green); text-decoration: underline; text-underline-offset: .25em; }
.masked { color: var(--grey); }
.cut { color: var(--red); text-decoration: line-through; }
.special { outline: 1px solid var(--line); border-radius: .2rem; font-weight: 600; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .7rem; }
`;
