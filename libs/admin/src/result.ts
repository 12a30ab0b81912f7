import { toJson } from '@synnefo/units';

export type Cell = string | number | bigint | boolean | Date | null | undefined;

/** What a command has to say; printed in the format that the caller chose. */
export type Result =
  | {
      readonly kind: 'table';
      readonly columns: readonly string[];
      readonly rows: readonly (readonly Cell[])[];
    }
  | { readonly kind: 'details'; readonly fields: Readonly<Record<string, Cell>> }
  | { readonly kind: 'message'; readonly text: string };

export const outputFormats = ['table', 'json', 'csv'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Rows under column names: for `*-list`. */
export function table(columns: readonly string[], rows: readonly (readonly Cell[])[]): Result {
  return { kind: 'table', columns, rows };
}

/** One thing: for `*-show` and `*-add`. */
export function details(fields: Readonly<Record<string, Cell>>): Result {
  return { kind: 'details', fields };
}

/** A sentence. */
export function message(text: string): Result {
  return { kind: 'message', text };
}

/** Renders a result as text that ends with a newline (nothing for an empty CSV). JSON keeps numbers and booleans as such. */
export function render(result: Result, format: OutputFormat): string {
  if (format === 'json') return `${toJson(asJson(result))}\n`;
  if (result.kind === 'message') return `${result.text}\n`;
  if (format === 'csv') return renderCsv(result);
  return result.kind === 'table' ? renderTable(result.columns, result.rows) : renderDetails(result.fields);
}

function asJson(result: Result): unknown {
  if (result.kind === 'message') return { message: result.text };
  if (result.kind === 'details') return result.fields;
  return result.rows.map((row) =>
    Object.fromEntries(result.columns.map((column, i) => [column, row[i] ?? null])),
  );
}

function renderCsv(result: Exclude<Result, { kind: 'message' }>): string {
  const [columns, rows] =
    result.kind === 'table'
      ? [result.columns, result.rows]
      : [Object.keys(result.fields), [Object.values(result.fields)]];
  return [columns, ...rows].map((row) => `${row.map((cell) => quote(text(cell))).join(',')}\r\n`).join('');
}

// RFC 4180 section 2.6 and 2.7.
function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function renderTable(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const lines = rows.map((row) => columns.map((_, i) => escapeControls(text(row[i]))));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...lines.map((line) => line[i]?.length ?? 0)),
  );
  const format = (cells: readonly string[]): string =>
    `${cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  return [columns, widths.map((width) => '-'.repeat(width)), ...lines].map(format).join('');
}

function renderDetails(fields: Readonly<Record<string, Cell>>): string {
  const width = Math.max(0, ...Object.keys(fields).map((key) => key.length));
  return Object.entries(fields)
    .map(([key, value]) => `${key.padEnd(width)} : ${escapeControls(text(value))}\n`)
    .join('');
}

function text(cell: Cell): string {
  if (cell === null || cell === undefined) return '';
  return cell instanceof Date ? cell.toISOString() : String(cell);
}

// A name with control characters must not steer the operator's terminal.
function escapeControls(value: string): string {
  return value.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
