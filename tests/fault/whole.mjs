/* No half of a write in the files: looked up behind the server's back. */
import assert from 'node:assert/strict';
import { sql } from '../api/lib.mjs';

/* What one transaction writes is all there or not: the row, its trail, its
 * change; its search entry; its parents. Imports (jobs.mjs: codes I…, numbers
 * J…) leave one entry in the trail for all their rows. */
const WHOLE = [
  ['customers without their trail', `SELECT count(*) FROM customer c WHERE c.code NOT LIKE 'I%' AND c.rev <> (SELECT count(*) FROM audit_entry a
     WHERE a.entity = 'customer' AND a.record_id = c.id)`],
  /* a change of a line raises the number of its order, which has an entry for its own changes alone */
  ['orders without their trail', `SELECT count(*) FROM (SELECT o.rev, (SELECT count(*) FROM audit_entry a
     WHERE a.entity = 'order' AND a.record_id = o.id) AS own, (SELECT count(*) FROM audit_entry a JOIN order_line l ON l.id = a.record_id
     WHERE a.entity = 'order_line' AND l.order_id = o.id) AS lines FROM "order" o WHERE o.number NOT LIKE 'J%') x
     WHERE x.own = 0 OR x.rev < x.own OR x.rev > x.own + x.lines`],
  ['audit entries without their change', `SELECT abs((SELECT count(*) FROM audit_entry WHERE entity IN ('customer', 'order', 'order_line'))
     - (SELECT count(*) FROM change_log WHERE entity IN ('customer', 'order', 'order_line')))`],
  ['customers without statistics', 'SELECT count(*) FROM customer WHERE id NOT IN (SELECT id FROM customer_stats)'],
  ['orders without customer', 'SELECT count(*) FROM "order" WHERE customer_id NOT IN (SELECT id FROM customer)'],
  ['lines without order', 'SELECT count(*) FROM order_line WHERE order_id NOT IN (SELECT id FROM "order")'],
];

export function checkWhole(db, { imported = false } = {}) {
  for (const [what, query] of WHOLE)
    if (!imported || what !== 'audit entries without their change') assert.equal(sql(db, query), '0', what);
  if (db.path === undefined) return;
  assert.equal(sql(db, 'PRAGMA quick_check'), 'ok');
  assert.equal(sql(db, 'PRAGMA foreign_key_check'), '');
}
