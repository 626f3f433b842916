/** Text that is markup already. */
export interface Markup {
  readonly text: string;
}

type Part = string | number | Markup | readonly Part[];

/** A template whose values are encoded, unless they are markup themselves. */
export function html(strings: TemplateStringsArray, ...values: readonly Part[]): Markup {
  return { text: strings.reduce((whole, piece, at) => whole + render(values[at - 1] ?? '') + piece) };
}

/** Marks constant text of our own as markup. */
export function rawMarkup(text: string): Markup {
  return { text };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function render(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number')
    return String(part).replaceAll(/[&<>"']/g, (sign) => entities[sign] as string);
  return 'text' in part ? part.text : part.map(render).join('');
}
