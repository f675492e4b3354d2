import { type Html, html } from './html.js';

export interface DataTable {
  columns: readonly string[];
  rows: readonly (readonly (string | Html)[])[];
  /** Said under the table, such as which rows were left out. */
  note?: string | undefined;
}

/** A table that scrolls inside its own box on a narrow screen; the box can be reached with the keyboard. */
export const dataTable = (label: string, { columns, rows, note }: DataTable): Html => html`
<div class="scroll" role="region" tabindex="0" aria-label="${label}"><table>
<thead><tr>${columns.map(column => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map(row => html`<tr>${row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody>
</table></div>${note ? html`<p class="note">${note}</p>` : ''}`;

export interface FigureOptions {
  title: string;
  /** Tells figures of the same title apart, such as the stage that was trained. */
  within?: string | undefined;
  /** Description in words. */
  description: string;
  plot: Html;
  legend?: readonly { label: string; colour: string; dash: string }[] | undefined;
  data: DataTable;
}

/** A plot with its title, its description, a legend and the numbers behind it. */
export const figure = ({ title, within, description, plot, legend, data }: FigureOptions): Html => {
  const name = within ? `${within}, ${title}` : title;
  return html`
<figure>
<figcaption><strong>${title}</strong> <span>${description}</span>${
    legend && legend.length > 1
      ? html`<ul class="legend">${legend.map(
          ({ label, colour, dash }) =>
            html`<li><svg width="26" height="8" aria-hidden="true"><path d="M1,4H25" stroke="${colour}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>${label}</li>`,
        )}</ul>`
      : ''
  }</figcaption>
${plot}
<details class="numbers"><summary>Numbers<span class="unseen"> behind “${name}”</span></summary>${dataTable(`${name}: numbers`, data)}</details>
</figure>`;
};
