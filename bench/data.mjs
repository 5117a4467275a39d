// The customers both sides are loaded with: the same rows on every machine.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const CITIES = ['上海', '北京', '广州', '深圳', '杭州', '南京', '苏州', '成都', '武汉', '西安',
  '长沙', '天津', '青岛', '宁波', '厦门', '郑州', '合肥', '福州', '济南', '大连'];
const FIRST = [...'华鑫宏泰恒瑞盛达兴隆天海金永安和顺源丰祥'];
const SECOND = [...'联诚信邦通凯博润辉腾创源科瑞嘉利德美云峰'];
const TRADES = ['机械设备', '电子科技', '贸易', '物流', '医药', '食品', '服装', '建材', '化工', '软件'];
const STREETS = ['人民路', '中山路', '解放路', '建设路', '和平路', '文化路', '长江路', '新华路'];

export const HEADER = ['name', 'code', 'phone', 'email', 'website', 'country',
  'province', 'city', 'district', 'address', 'postal_code', 'wechat', 'note'];

// xorshift: small, and the same everywhere.
export function random(seed) {
  let state = BigInt(seed) | 1n;
  return (limit) => {
    state ^= (state << 13n) & 0xffffffffffffffffn;
    state ^= state >> 7n;
    state ^= (state << 17n) & 0xffffffffffffffffn;
    return Number(state % BigInt(limit));
  };
}

function row(i, pick) {
  const city = CITIES[pick(CITIES.length)];
  const brand = FIRST[pick(FIRST.length)] + SECOND[pick(SECOND.length)];
  const phone = `13${String(pick(1e9)).padStart(9, '0')}`;
  const number = String(i).padStart(6, '0');
  return [`${city}${brand}${TRADES[pick(TRADES.length)]}有限公司${i % 7 === 0 ? '' : number}`,
    `K${number}`, phone, `c${number}@example.com`, `https://c${number}.example.com`, 'CN',
    `${city}市`, city, `${city}新区`, `${STREETS[pick(STREETS.length)]}${pick(999) + 1}号`,
    String(100000 + pick(899999)), `wx_${number}`, `第${pick(90) + 1}批导入`];
}

export async function writeCustomers(file, rows) {
  const pick = random(20260321);
  const out = createWriteStream(file);
  out.write(`${HEADER.join(',')}\n`);
  for (let i = 1; i <= rows; i++)
    if (!out.write(`${row(i, pick).join(',')}\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}

// Three characters that a few dozen rows contain: brand and first of trade.
export function searchTerms(count) {
  const pick = random(7);
  return Array.from({ length: count }, () => FIRST[pick(FIRST.length)]
    + SECOND[pick(SECOND.length)] + TRADES[pick(TRADES.length)][0]);
}

// Order lines in the shape of the retail data set, for a machine without it.
export async function writeOrderLines(file, rows) {
  const pick = random(99);
  const out = createWriteStream(file);
  out.write('InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n');
  for (let i = 0; i < rows; i++) {
    const invoice = 536365 + Math.floor(i / 20);
    const day = 1 + Math.floor(invoice / 40) % 28;
    const line = [invoice, 20000 + pick(3000), `ITEM ${pick(3000)}`, 1 + pick(24),
      `2011-0${1 + Math.floor(invoice / 1120) % 5}-${String(day).padStart(2, '0')} 10:00:00`,
      `${pick(20)}.${String(pick(100)).padStart(2, '0')}`, 12346 + invoice % 2700, 'United Kingdom'];
    if (!out.write(`${line.join(',')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
