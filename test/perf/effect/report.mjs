// The tables of `npm run bench:effect`, and what makes it fail.
import { median, printTable } from '../measure.mjs';

const print = (text = '') => process.stdout.write(`${text}\n`);

function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

/** @param rows `[what, ms without load, ms under load]` each a list; a row may have no list for one of them */
export function printLatencies(columns, rows) {
  const texts = rows.map(([what, ...lists]) => {
    const base = lists[0].length > 0 ? median(lists[0]) : null;
    const cells = lists.flatMap((list, index) => {
      if (list.length === 0) return index === 0 ? ['-'] : ['-', '-'];
      const cell = `${median(list).toFixed(0)} / ${percentile(list, 0.99).toFixed(0)} (${list.length})`;
      return index === 0 ? [cell] : [cell, base === null ? '-' : (median(list) / base).toFixed(2)];
    });
    return [what, ...cells];
  });
  const header = columns.flatMap((column, index) => (index === 0 ? [column] : [column, 'ratio']));
  print('\nanswers of the API, p50 / p99 in ms (how many)');
  printTable(['', ...header], texts);
}

/** @param rows `{ what, figures, beside }`: `beside` is what jobs per second are compared with */
export function printClusters(rows) {
  print('\nthe clusters');
  printTable(
    ['', 'jobs', 'jobs/s', 'beside the limit', 'places busy', 'jobs arrived within'],
    rows.map(({ what, figures, beside }) => [
      what,
      String(figures.jobs),
      figures.perSecond.toFixed(2),
      beside === undefined ? '-' : (figures.perSecond / beside).toFixed(2),
      `${(100 * figures.busy).toFixed(0)} %`,
      `${figures.arrivalSeconds.toFixed(1)} s`,
    ]),
  );
}

/** Prints what has to hold. @param checks `[what, isOk, detail]` @returns whether all do */
export function printChecks(checks) {
  print();
  for (const [what, isOk, detail] of checks)
    print(`${isOk ? 'ok  ' : 'FAIL'} ${what}${detail ? `: ${detail}` : ''}`);
  return checks.every(([, isOk]) => isOk);
}

/** Whether each of the servers has its own one creation. @param jobs of all clusters, those of the cloud alone */
export function onceEach({ byReason, byInstance }, servers) {
  const several = (counts) => [...counts].filter(([, count]) => count !== 1);
  const twice = [...several(byReason), ...several(byInstance)];
  const isOk = twice.length === 0 && byReason.size === servers && byInstance.size === servers;
  const detail = `${servers} servers, ${byReason.size} effects, ${byInstance.size} instances; more than one job: ${twice.length}`;
  return ['each server has exactly one create job', isOk, detail];
}
