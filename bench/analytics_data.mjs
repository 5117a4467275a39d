// The sale lines that the value engine and DuckDB are given: Online Retail 26
// times over, each time with other customers and invoices, or a seeded
// likeness where the data set is missing. The same bytes on every machine.
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { gunzipSync } from 'node:zlib';

import { writeOrderLines } from './data.mjs';

const SYNTHETIC_LINES = 209029;
export const COPIES = 26;
const CUSTOMER_STEP = 10000; // numbers of Online Retail have five digits
const CUSTOMER_FIRST = 1000000; // so that all copies have as many
const INVOICE_STEP = 100000;

// What a line is split into: invoice, up to the customer, customer, the rest.
const LINE = /^(C?)(\d*),(.*),(\d*)(\.0)?,([^,]*)$/;
const DATE = /,(-?\d+),(\d{4}-\d\d-\d\d)[^,]*,(-?[\d.]+)$/;

async function baseText(retail, folder) {
  if (existsSync(retail)) return gunzipSync(readFileSync(retail)).toString('utf8');
  await writeOrderLines(`${folder}/base.csv`, SYNTHETIC_LINES);
  return readFileSync(`${folder}/base.csv`, 'utf8');
}

function parse(text) {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  const heading = lines.shift();
  const parts = lines.map((line) => {
    const found = LINE.exec(line);
    if (found === null) return { whole: line }; // an invoice like A563185
    const [, cancelled, invoice, middle, customer, , rest] = found;
    return { cancelled, invoice: Number(invoice), middle, customer: customer === '' ? 0 : Number(customer), rest };
  });
  return { heading, parts };
}

const customerOf = (part, copy) => CUSTOMER_FIRST + copy * CUSTOMER_STEP + part.customer;

function lineOf(part, copy) {
  if (part.whole) return part.whole;
  const customer = part.customer === 0 ? '' : `${customerOf(part, copy)}.0`;
  return `${part.cancelled}${part.invoice + copy * INVOICE_STEP},${part.middle},${customer},${part.rest}`;
}

async function write(file, blocks) {
  const out = createWriteStream(file);
  for (const block of blocks) if (!out.write(block)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}

// 10^-6 of an amount with up to six decimals times a whole quantity.
function micro(quantity, price) {
  const [whole, fraction = ''] = price.split('.');
  return Number(quantity) * Number(whole + fraction.padEnd(6, '0'));
}

// The sale lines of one copy as orders, one a customer and invoice.
function ordersOf(parts) {
  const orders = new Map();
  for (const part of parts) {
    if (part.whole || part.customer === 0 || part.cancelled === 'C') continue;
    const [, quantity, date, price] = DATE.exec(`,${part.middle}`);
    if (Number(quantity) <= 0 || Number(price) <= 0) continue;
    const key = `${part.customer} ${part.invoice}`;
    const one = orders.get(key) ?? { customer: part.customer, day: 0, sales: 0 };
    one.day = Math.max(one.day, Date.parse(`${date}T00:00:00Z`) / 86400000);
    one.sales += micro(quantity, price);
    orders.set(key, one);
  }
  return [...orders.values()].sort((a, b) => a.customer - b.customer || a.day - b.day);
}

// Writes the lines as CSV and what they add up to as orders; how many lines.
export async function writeLines(retail, folder, csv, orders) {
  const { heading, parts } = parse(await baseText(retail, folder));
  const copies = Array.from({ length: COPIES }, (_, copy) => copy);
  await write(csv, (function* blocks() {
    yield `${heading}\n`;
    for (const copy of copies)
      for (let i = 0; i < parts.length; i += 5000)
        yield `${parts.slice(i, i + 5000).map((part) => lineOf(part, copy)).join('\n')}\n`;
  })());
  const base = ordersOf(parts);
  await write(orders, copies.map((copy) =>
    base.map((one) => `${customerOf(one, copy)} ${one.day} ${one.sales}\n`).join('')));
  return parts.length * COPIES;
}
