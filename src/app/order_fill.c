/* What orders and their lines get when it was left empty: a number, a place,
 * name, unit and price of the product. Owns nothing; runs inside the write,
 * before it is checked. Invariant: nothing that was given is changed, and
 * nothing is taken that the caller may not see. */
#include "app/order_fill.h"

#include "app/number.h"
#include "base/zone.h"
#include "store/order_rows.h"
#include "store/sight.h"

static bool is_empty(struct val v) {
    return v.type == VAL_NULL || (v.type == VAL_STR && v.s.n == 0);
}

enum err order_fill(struct ctx *c, const struct record *before,
                    struct record *r) {
    struct val day = record_get(r, S("ordered_on"));
    struct str number;
    if (before != NULL || !is_empty(record_get(r, S("number"))))
        return OK;
    TRY(number_of_order(
        c, day.type == VAL_I64 ? (int32_t)day.i : zone_day(c->zone, c->now_ms),
        &number));
    record_set(r, S("number"), V(number));
    return OK;
}

/* Of a new line what is empty, of another what the change does not name. */
static bool wanted(const struct record *before, const struct record *r,
                   struct str name) {
    const struct field *f = info_field(r->info, name);
    return before == NULL ? is_empty(record_get(r, name))
                          : !r->has[info_index(r->info, f)];
}

static bool shown(struct ctx *c, const char *field) {
    const struct entity_info *product =
        registry_find(c->registry, S("product"));
    return sight_of(c, product, info_field(product, str_of(field))) == SEE_FULL;
}

static enum err take_product(struct ctx *c, const struct record *before,
                             struct record *r) {
    struct order_offer p;
    bool found;
    TRY(order_offer(c, record_i64(r, S("product_id")),
                    record_i64(r, S("order_id")), &p, &found));
    if (!found)
        return OK; /* refused as a reference to nothing */
    if (wanted(before, r, S("product_name")) && shown(c, "name"))
        record_set(r, S("product_name"), V(p.name));
    if (wanted(before, r, S("unit")) && shown(c, "unit"))
        record_set(r, S("unit"), p.unit.n > 0 ? V(p.unit) : V_NULL);
    if (wanted(before, r, S("unit_price")) && p.price >= 0 && shown(c, "price"))
        record_set(r, S("unit_price"), V(p.price));
    return OK;
}

enum err order_line_fill(struct ctx *c, const struct record *before,
                         struct record *r) {
    int64_t last, product = record_i64(r, S("product_id"));
    int64_t former = before == NULL ? 0 : record_i64(before, S("product_id"));
    if (before == NULL && record_i64(r, S("position")) == 0) {
        TRY(order_last_position(c, record_i64(r, S("order_id")), &last));
        record_set(r, S("position"), V(last + 1));
    }
    /* A product named for a line that has been there without is no other
     * price. */
    bool other = before == NULL || (former != 0 && former != product);
    return product != 0 && other ? take_product(c, before, r) : OK;
}
