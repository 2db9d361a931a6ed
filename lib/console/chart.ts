import { type Html, html } from './html.ts';

/** Charts as SVG without a library. Colours come from classes: the page's policy admits no style attributes. */

const width = 640;

export interface Bar {
  label: string;
  value: number;
  /** Where a click leads. */
  href: string | null;
}

/** Names with a bar each: as HTML, so that long names wrap and links are links. */
export function barList(bars: readonly Bar[], unit: string): Html {
  const highest = Math.max(1, ...bars.map((one) => one.value));
  const items = bars.map(({ label, value, href }) => {
    const name = href === null ? html`${label}` : html`<a href="${href}">${label}</a>`;
    const wide = Math.max(1, Math.round((value / highest) * 100));
    return html`<li><span class="name">${name}</span><svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect width="${wide}" height="6" rx="1"/></svg><span class="value">${value}<span class="hidden"> ${unit}</span></span></li>`;
  });
  return html`<ul class="bars">${items}</ul>`;
}

export interface Column {
  /** Under the column, where there is room for it. */
  label: string;
  title: string;
  value: number;
}

const columnsHeight = 150;
const foot = 18;

/** Columns over time; those above `mark` stand out. */
export function columns(list: readonly Column[], { mark, alt }: { mark: number; alt: string }): Html {
  const highest = Math.max(1, ...list.map((one) => one.value));
  const step = width / Math.max(1, list.length);
  const high = columnsHeight - foot - 12;
  const every = Math.ceil(list.length / 8);
  const parts = list.map(({ label, title, value }, at) => {
    const tall = value === 0 ? 0 : Math.max(2, (value / highest) * high);
    const x = (at * step).toFixed(2);
    const text = at % every === 0 ? html`<text x="${x}" y="${columnsHeight - 4}">${label}</text>` : '';
    return html`<rect class="${value > mark ? 'storm' : ''}" x="${x}" y="${(columnsHeight - foot - tall).toFixed(2)}" width="${Math.max(1, step - Math.min(3, step / 4)).toFixed(2)}" height="${tall.toFixed(2)}"><title>${title}</title></rect>${text}`;
  });
  return html`<svg class="columns-chart" role="img" aria-label="${alt}" viewBox="0 0 ${width} ${columnsHeight}"><line x1="0" x2="${width}" y1="${columnsHeight - foot}" y2="${columnsHeight - foot}"/><text class="top" x="0" y="10">${highest}</text>${parts}</svg>`;
}

export interface Line {
  name: string;
  /** Null where there is nothing to show. */
  values: readonly (number | null)[];
}

const marksMs: readonly [number, string][] = [
  [1000, '1 s'],
  [10_000, '10 s'],
  [60_000, '1 min'],
  [600_000, '10 min'],
  [3_600_000, '1 h'],
  [86_400_000, '1 d'],
  [864_000_000, '10 d'],
];
const linesHeight = 180;
const gutter = 44;

/** Times over days on a logarithmic scale: seconds and days on one page. */
export function times(lines: readonly Line[], labels: readonly string[], alt: string): Html {
  const all = lines.flatMap((one) => one.values.filter((value) => value !== null));
  const low = Math.log10(Math.max(100, Math.min(...all, 1000) / 1.5));
  const high = Math.log10(Math.max(...all, 60_000) * 1.5);
  const y = (ms: number) =>
    linesHeight - foot - ((Math.log10(Math.max(1, ms)) - low) / (high - low)) * (linesHeight - foot - 10);
  const x = (at: number) => gutter + (at / Math.max(1, labels.length - 1)) * (width - gutter - 8);
  const every = Math.ceil(labels.length / 7);
  const grid = marksMs
    .filter(([ms]) => Math.log10(ms) >= low && Math.log10(ms) <= high)
    .map(
      ([ms, text]) =>
        html`<line x1="${gutter}" x2="${width}" y1="${y(ms).toFixed(1)}" y2="${y(ms).toFixed(1)}"/><text x="0" y="${(y(ms) + 4).toFixed(1)}">${text}</text>`,
    );
  const days = labels.map((label, at) =>
    at % every === 0
      ? html`<text class="middle" x="${x(at).toFixed(1)}" y="${linesHeight - 4}">${label}</text>`
      : '',
  );
  const drawn = lines.map(({ name, values }) => {
    const points = values.flatMap((value, at) => (value === null ? [] : [[x(at), y(value)] as const]));
    const path = points.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ');
    const dots = points.map(([px, py]) => html`<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3"/>`);
    return html`<g class="line ${name}"><polyline points="${path}"/>${dots}</g>`;
  });
  return html`<svg class="times-chart" role="img" aria-label="${alt}" viewBox="0 0 ${width} ${linesHeight}"><g class="grid">${grid}${days}</g>${drawn}</svg>`;
}
