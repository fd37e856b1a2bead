// What node-postgres makes of the server's answers, one JSON object on standard output.
// node typed.js HOST PORT USER DATABASE [STATEMENTS...]
// STATEMENTS are run in order after the common part; their rows are shown, too.
'use strict';
const { Client } = require('pg');
const [host, port, user, database, ...statements] = process.argv.slice(2);

const TYPED = `SELECT 1::int2 AS small, -2::int4 AS plain, 9007199254740993::int8 AS big,
  0.5::float8 AS float, 12.340::numeric AS number, true AS yes, 'ünï ''x'''::text AS words,
  'n'::name AS name, '\\x00ff'::bytea AS bytes,
  '2026-01-02 03:04:05.678+00'::timestamptz AS moment, ARRAY[1, 2, NULL]::int4[] AS numbers,
  ARRAY['a', 'b"c', NULL] AS texts, NULL::text AS nothing, 20000::oid AS oid`;

function shown(value) {
  if (Buffer.isBuffer(value)) return `bytes ${value.toString('hex')}`;
  if (value instanceof Date) return `date ${value.toISOString()}`;
  if (Array.isArray(value)) return value.map(shown);
  return value;
}

function answer(result) {
  const rows = result.rows.map((row) => Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, shown(value)])));
  return { command: result.command, rows, types: result.fields.map((field) => field.dataTypeID) };
}

async function attempt(client, text, values) {
  try {
    return answer(await client.query(text, values));
  } catch (error) {
    return { code: error.code, position: error.position, message: error.message };
  }
}

async function main() {
  const client = new Client({ host, port: Number(port), user, database });
  await client.connect();
  const found = {
    typed: await attempt(client, TYPED),
    parameters: await attempt(client,
      'SELECT $1::int4 + 1 AS a, $2::text || \'!\' AS b, $3::bool AS c, $4::text[] AS d, $5::text AS e',
      [41, 'ö', true, ['x', null], null]),
    prepared: [],
    missing: await attempt(client, 'SELECT * FROM no_such_table'),
    syntax: await attempt(client, 'SELECT 1 +'),
    division: await attempt(client, 'SELECT 1 / $1::int4', [0]),
    few: await attempt(client, 'SELECT $1::int4, $2::int4', [1]),
  };
  for (const number of [1, 2, 3]) {
    const result = await client.query(
      { name: 'twice', text: 'SELECT $1::int4 * 2 AS double', values: [number] });
    found.prepared.push(result.rows[0].double);
  }
  found.transaction = [];
  for (const text of ['BEGIN', 'SELECT 1 / 0', 'SELECT 1', 'ROLLBACK', 'SELECT 2 AS two']) {
    const result = await attempt(client, text);
    found.transaction.push(result.code || result.command);
  }
  found.statements = [];
  for (const text of statements) found.statements.push(await attempt(client, text));
  await client.end();
  console.log(JSON.stringify(found));
}

main().catch((error) => { console.error(error); process.exit(1); });
