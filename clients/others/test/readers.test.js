// Files that are exported, read by a reader that is not ours (hyparquet), say the same as the API and as the same table in NDJSON and CSV.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { ask, furnish, run, support, undeploy, url } from '../src/server.js';

let own;

before(async () => {
  own = await furnish('reader "quoted", with a comma');
  for (let i = 0; i < 60; i++) await run(own, `r${i}`, i + 1);
  await undeploy(own); // what runs has more seconds in the second file than in the first
});

async function take(table, format, query = '') {
  const answer = await fetch(
    url.replace('/graphql', `/v1/export/${table}?account=${own.account}&range=LAST_24_HOURS&format=${format}${query}`),
    { headers: { authorization: `Bearer ${support}` } },
  );
  assert.equal(answer.status, 200, `${table} ${format}: ${answer.status}`);
  return answer.arrayBuffer();
}

const text = (bytes) => new TextDecoder().decode(bytes);

// By RFC 4180.
function csv(source) {
  const rows = [[]];
  for (const [, quoted, plain, end] of source.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== ',' && end !== '') rows.push([]);
  }
  const [header, ...records] = rows.filter((row) => row.length > 1);
  return records.map((record) => Object.fromEntries(header.map((name, i) => [name, record[i]])));
}

// One form for the values of the three formats.
function plain(value) {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().replace(/\.?0*Z$/, 'Z');
  if (typeof value === 'object') return JSON.stringify(value);
  const written = String(value);
  if (/^\d{4}-\d\d-\d\dT/.test(written)) return new Date(written).toISOString().replace(/\.?0*Z$/, 'Z');
  return /^-?\d+(\.\d+)?$/.test(written) ? String(Number(written)) : written;
}

const alike = (rows) =>
  rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));

for (const [table, query] of [
  ['usage', '&groupBy=ACCOUNT,RESOURCE,TIME&granularity=HOUR'],
  ['focus', '&currency=EUR&creditPrice=0.25&runPrice=0.001&provider=Acme'],
  ['events', ''],
  ['ledger', ''],
]) {
  test(`${table}: Parquet, NDJSON and CSV say the same`, async () => {
    const file = await take(table, 'parquet', query);
    assert.ok(parquetMetadata(file).row_groups.length > 0);
    const parquet = alike(await parquetReadObjects({ file, compressors }));
    const ndjson = alike(
      text(await take(table, 'ndjson', query))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    const table_csv = alike(csv(text(await take(table, 'csv', query))));
    assert.ok(parquet.length > 0);
    assert.deepEqual(parquet, ndjson);
    assert.deepEqual(table_csv, ndjson);
  });
}

test('the sums of the files are those of the API', async () => {
  const { account } = await ask(
    support,
    'query ($id: ID!) { account(id: $id) { usage(range: { preset: LAST_24_HOURS }) { totals { runs events } } } }',
    { id: own.account },
  );
  assert.deepEqual(account.usage.totals, { runs: 1830, events: 60 });
  const sum = (rows, of) => rows.reduce((all, row) => all + Number(of(row)), 0);
  const usage = await parquetReadObjects({ file: await take('usage', 'parquet', '&groupBy=RESOURCE'), compressors });
  assert.equal(
    sum(usage, (row) => row.runs),
    1830,
  );
  const events = await parquetReadObjects({ file: await take('events', 'parquet'), compressors });
  assert.equal(events.length, 60);
  assert.equal(
    sum(events, (row) => row.runs),
    1830,
  );
  const focus = await parquetReadObjects({
    file: await take('focus', 'parquet', '&currency=EUR&creditPrice=0.25&runPrice=0.001&provider=Acme'),
    compressors,
  });
  assert.equal(
    sum(focus, (row) => row.PricingQuantity),
    1830,
  );
  assert.equal(sum(focus, (row) => row.BilledCost).toFixed(6), '1.830000');
  for (const row of focus) {
    assert.equal(row.BillingCurrency, 'EUR');
    assert.equal(row.ChargeCategory, 'Usage');
    assert.ok(new Date(row.ChargePeriodStart) < new Date(row.ChargePeriodEnd));
  }
});
