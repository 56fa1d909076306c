/** The heads in words: a table, and a file. */

function cell(kind, text, className = '') {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = className;
  return made;
}

const capital = (name) => name[0].toUpperCase() + name.slice(1);
const signed = (value) => `${value < 0 ? '\u2212' : '+'}${Math.abs(value).toFixed(1)}`;

/** Put the headings of the table into a row. */
export function showColumns(row, names) {
  const texts = ['Head', ...names.map(capital), 'Score'];
  row.replaceChildren(...texts.map((text) => cell('th', text)));
  for (const one of row.children) one.scope = 'col';
}

/** Put the heads into the table's body, a row each. */
export function showRows(body, heads, names) {
  body.replaceChildren(...heads.map((head, index) => {
    const row = document.createElement('tr');
    row.append(cell('td', index + 1));
    for (const name of names) {
      const angle = cell('td', `${signed(head[name])}`);
      const std = head[`${name}_std`].toFixed(1);
      angle.append(' ', cell('span', `\u00b1 ${std}`, 'std'));
      row.append(angle);
    }
    row.append(cell('td', head.score.toFixed(2)));
    return row;
  }));
}

/** Let a link save the heads, as head-pose writes them. */
export function offerFile(link, heads, name) {
  URL.revokeObjectURL(link.href);
  const content = `${JSON.stringify(heads, null, 2)}\n`;
  link.href = URL.createObjectURL(new Blob([content], {type: 'application/json'}));
  link.download = `${name.replace(/\.[^.]*$/, '') || 'heads'}.json`;
}
