/* Finds columns by heading. Pure but for the arena. A heading is compared
 * without case, blanks and punctuation: "Invoice No." is invoiceno. */
#include "cli/analyze_columns.h"

#include "base/buf.h"

#define MAX_HEADING 200
#define MAX_SYNONYMS 24
#define MAX_OTHERS 10

struct role {
    const char *name;
    const char *synonyms[MAX_SYNONYMS];
    const char *others[MAX_OTHERS]; /* where none of these is there */
};

static const struct role roles[COLUMN_ROLES] = {
    [COLUMN_CUSTOMER] =
        {"customer",
         {"customer",     "customerid", "customerno", "customernumber",
          "customercode", "custid",     "custno",     "client",
          "clientid",     "buyer",      "buyerid",    "memberid",
          "accountid",    "客户",       "客户id",     "客户编号",
          "客户编码",     "客户号",     "客户代码",   "会员号",
          "会员id",       "会员编号",   "买家"},
         {"customername", "clientname", "客户名称", "客户名", "客户全称",
          "客户简称", "公司名称", "单位名称", "购货单位", "往来单位"}},
    [COLUMN_ORDER] = {"order",
                      {"order",   "orderid",   "orderno",       "ordernumber",
                       "invoice", "invoiceid", "invoiceno",     "invoicenumber",
                       "billno",  "receiptno", "transactionid", "订单",
                       "订单号",  "订单id",    "订单编号",      "单号",
                       "发票号",  "发票号码",  "单据号",        "单据编号",
                       "交易号",  "流水号"},
                      {NULL}},
    [COLUMN_DATE] =
        {"date",
         {"date",         "orderdate", "invoicedate", "transactiondate",
          "purchasedate", "saledate",  "orderedat",   "ordertime",
          "datetime",     "日期",      "订单日期",    "下单日期",
          "下单时间",     "交易日期",  "交易时间",    "购买日期",
          "购买时间",     "销售日期",  "开票日期",    "发票日期",
          "订单时间"},
         {NULL}},
    [COLUMN_QUANTITY] = {"quantity",
                         {"quantity", "qty", "units", "数量", "购买数量",
                          "销售数量", "件数"},
                         {NULL}},
    [COLUMN_PRICE] = {"price",
                      {"price", "unitprice", "priceperunit", "单价", "销售单价",
                       "价格"},
                      {NULL}},
    [COLUMN_AMOUNT] = {"amount",
                       {"amount", "total", "linetotal", "lineamount",
                        "totalprice", "totalamount", "sales", "revenue", "金额",
                        "总额", "总价", "总金额", "小计", "销售额", "实付金额",
                        "支付金额"},
                       {"含税金额", "订单金额", "订单总额", "价税合计",
                        "应收金额", "销售金额", "成交金额", "合计金额",
                        "实收金额"}},
    [COLUMN_PRODUCT] = {"product",
                        {"product", "productid", "productcode", "stockcode",
                         "sku", "item", "itemid", "itemcode", "article",
                         "articleno", "商品", "商品编号", "商品编码", "商品id",
                         "产品", "产品编号", "产品编码", "货号", "品号"},
                        {NULL}},
};

const char *column_name(enum column_role r) {
    return roles[r].name;
}

static struct str squeeze(struct str s, char out[MAX_HEADING]) {
    size_t n = 0;
    for (size_t i = 0; i < s.n && n < MAX_HEADING; i++) {
        char ch = s.p[i];
        if (ch >= 'A' && ch <= 'Z')
            ch = (char)(ch + 32);
        bool word = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') ||
                    (unsigned char)ch >= 0x80;
        if (word)
            out[n++] = ch;
    }
    return (struct str){out, n};
}

/* "金额（元）" is 金额: without what stands in brackets at its end. */
static struct str bracketless(struct str s) {
    static const struct str open[] = {S_INIT("("), S_INIT("（")};
    static const struct str close[] = {S_INIT(")"), S_INIT("）")};
    for (size_t k = 0; k < COUNT_OF(open); k++) {
        size_t at = str_find(s, open[k]);
        if (at != SIZE_MAX && at > 0 && str_ends(s, close[k]))
            return str_trim(str_sub(s, 0, at));
    }
    return s;
}

static bool among(const char *const *words, size_t n, struct str heading) {
    char text[MAX_HEADING], rest[MAX_HEADING];
    struct str whole = squeeze(heading, text);
    struct str bare = squeeze(bracketless(heading), rest);
    for (size_t i = 0; i < n && words[i] != NULL; i++)
        if (str_eqc(whole, words[i]) || str_eqc(bare, words[i]))
            return true;
    return false;
}

/* others: the words that count where no heading is one of the first. */
static bool is_synonym(enum column_role r, struct str heading, bool others) {
    return others ? among(roles[r].others, MAX_OTHERS, heading)
                  : among(roles[r].synonyms, MAX_SYNONYMS, heading);
}

static struct str heading(const struct table_row *header, size_t i) {
    return str_trim(header->cells[i]);
}

/* The headings as "a, b, c", for messages; only those of role r unless r is
 * COLUMN_ROLES. */
static struct str list(struct ctx *c, const struct table_row *header,
                       enum column_role r, bool others) {
    struct buf b;
    buf_init(&b, c->arena, 16 * 1024);
    for (size_t i = 0; i < header->n; i++) {
        if (r != COLUMN_ROLES && !is_synonym(r, heading(header, i), others))
            continue;
        if (b.n > 0)
            buf_cstr(&b, ", ");
        buf_str(&b, str_sub(heading(header, i), 0, MAX_HEADING));
    }
    return buf_view(&b);
}

static enum err by_name(struct ctx *c, const struct table_row *header,
                        struct str name, size_t *out) {
    size_t same = 0, alike = 0, at_same = 0, at_alike = 0;
    for (size_t i = 0; i < header->n; i++) {
        if (str_eq(heading(header, i), name)) {
            same++;
            at_same = i;
        }
        if (str_eq_nocase(heading(header, i), name)) {
            alike++;
            at_alike = i;
        }
    }
    if (alike == 0)
        return failv(c, ERR_INVALID, S(""), "analyze_no_column",
                     ARGS(V(name), V(list(c, header, COLUMN_ROLES, false))));
    if (same > 1 || (same == 0 && alike > 1))
        return failv(c, ERR_INVALID, S(""), "analyze_column_twice",
                     ARGS(V(name)));
    *out = same == 1 ? at_same : at_alike;
    return OK;
}

/* The one column whose heading means r. */
static enum err guess(struct ctx *c, const struct table_row *header,
                      enum column_role r, size_t *out) {
    size_t found = 0;
    *out = COLUMN_NONE;
    for (int others = 0; others < 2 && found == 0; others++) {
        for (size_t i = 0; i < header->n; i++) {
            if (is_synonym(r, heading(header, i), others)) {
                found++;
                *out = i;
            }
        }
        if (found > 1)
            return failv(
                c, ERR_INVALID, S(""), "analyze_ambiguous",
                ARGS(V(column_name(r)), V(list(c, header, r, others))));
    }
    return OK;
}

static enum err missing(struct ctx *c, const struct table_row *header,
                        enum column_role r) {
    return failv(
        c, ERR_INVALID, S(""), "analyze_missing",
        ARGS(V(column_name(r)), V(list(c, header, COLUMN_ROLES, false))));
}

static void settle(struct ctx *c, const struct table_row *header,
                   enum column_role r, size_t at, bool guessed,
                   struct columns *out) {
    out->at[r] = at;
    out->guessed[r] = guessed && at != COLUMN_NONE;
    if (at != COLUMN_NONE)
        out->headings[r] = str_dup(c->arena, heading(header, at));
}

/* Those the user named. */
static enum err take_named(struct ctx *c, const struct table_row *header,
                           const struct column_wish *wish,
                           struct columns *out) {
    for (enum column_role r = 0; r < COLUMN_ROLES; r++) {
        out->at[r] = COLUMN_NONE;
        struct str name = str_of(wish->names[r]);
        size_t at = COLUMN_NONE;
        if (name.n == 0)
            continue;
        TRY(by_name(c, header, str_trim(name), &at));
        settle(c, header, r, at, false, out);
    }
    return OK;
}

/* Guesses r when the user did not say anything of it. */
static enum err fill_in(struct ctx *c, const struct table_row *header,
                        const struct column_wish *wish, enum column_role r,
                        struct columns *out) {
    size_t at = COLUMN_NONE;
    if (wish->names[r] != NULL)
        return OK;
    TRY(guess(c, header, r, &at));
    settle(c, header, r, at, true, out);
    return OK;
}

/* Quantity and price, unless the line's total was named or is all there is. */
static enum err fill_in_money(struct ctx *c, const struct table_row *header,
                              const struct column_wish *wish,
                              struct columns *out) {
    if (out->at[COLUMN_AMOUNT] != COLUMN_NONE)
        return OK;
    TRY(fill_in(c, header, wish, COLUMN_QUANTITY, out));
    TRY(fill_in(c, header, wish, COLUMN_PRICE, out));
    bool quantity = out->at[COLUMN_QUANTITY] != COLUMN_NONE;
    bool price = out->at[COLUMN_PRICE] != COLUMN_NONE;
    if (quantity && price)
        return OK;
    if (wish->names[COLUMN_PRICE] != NULL)
        return missing(c, header, COLUMN_QUANTITY);
    TRY(fill_in(c, header, wish, COLUMN_AMOUNT, out));
    if (out->at[COLUMN_AMOUNT] == COLUMN_NONE)
        return failv(
            c, ERR_INVALID, S(""), "analyze_no_money",
            ARGS(V(column_name(quantity ? COLUMN_PRICE : COLUMN_QUANTITY)),
                 V(list(c, header, COLUMN_ROLES, false))));
    if (out->guessed[COLUMN_PRICE])
        settle(c, header, COLUMN_PRICE, COLUMN_NONE, false, out);
    return OK;
}

enum err columns_find(struct ctx *c, const struct table_row *header,
                      const struct column_wish *wish, struct columns *out) {
    *out = (struct columns){0};
    TRY(take_named(c, header, wish, out));
    TRY(fill_in(c, header, wish, COLUMN_CUSTOMER, out));
    TRY(fill_in(c, header, wish, COLUMN_ORDER, out));
    if (wish->needs_date)
        TRY(fill_in(c, header, wish, COLUMN_DATE, out));
    if (wish->needs_product)
        TRY(fill_in(c, header, wish, COLUMN_PRODUCT, out));
    if (out->at[COLUMN_CUSTOMER] == COLUMN_NONE)
        return missing(c, header, COLUMN_CUSTOMER);
    if (wish->needs_product && out->at[COLUMN_PRODUCT] == COLUMN_NONE)
        return missing(c, header, COLUMN_PRODUCT);
    if (wish->needs_date && out->at[COLUMN_DATE] == COLUMN_NONE)
        return missing(c, header, COLUMN_DATE);
    return fill_in_money(c, header, wish, out);
}
