/* The compiled model and the parser of run-time definitions. Whole
 * definitions and messages are compared in tests/model. */
#include "base/json.h"
#include "model/diff.h"
#include "model/parse.h"
#include "test.h"

static const struct entity *customer(void) {
    return model_entity(&builtin_model, S("customer"));
}

static void finds_entities_and_fields(void) {
    const struct entity *e = customer();
    CHECK(e != NULL);
    CHECK(e == model_plural(&builtin_model, S("customers")));
    CHECK(model_entity(&builtin_model, S("customers")) == NULL);
    CHECK(model_plural(&builtin_model, S("")) == NULL);
    const struct field *kind = entity_field(e, S("kind"));
    CHECK(kind != NULL && kind->type == FT_ENUM);
    CHECK(field_option(kind, S("organization")) != NULL);
    CHECK(field_option(kind, S("robot")) == NULL);
    CHECK(entity_field(e, S("kin")) == NULL);
    CHECK_STR(str_of(field_type_name(FT_BLOB)), "blob");
    CHECK_STR(str_of(scope_name(SCOPE_OWNER_OR_PARENT)), "owner_or_parent");
}

static void system_fields_come_first(void) {
    static const char *const names[] = {
        "id",         "rev",         "created_at", "created_by",
        "updated_at", "updated_by",  "deleted_at", "deleted_with",
        "source",     "external_id", "owner_id"};
    const struct entity *e = customer();
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        CHECK_STR(e->fields[i].name, names[i]);
        CHECK(e->fields[i].system);
        CHECK(e->fields[i].label.text[LANG_ZH].n > 0);
    }
    CHECK(!e->fields[COUNT_OF(names)].system);
    const struct entity *order = model_entity(&builtin_model, S("order"));
    CHECK(entity_field(order, S("owner_id")) == NULL);
    const struct entity *job = model_entity(&builtin_model, S("session"));
    CHECK(entity_field(job, S("rev")) == NULL);
}

static void sidecar_fields_are_marked(void) {
    const struct entity *e = customer();
    CHECK_STR(e->sidecar, "customer_stats");
    const struct entity *side = model_entity(&builtin_model, e->sidecar);
    CHECK_STR(side->sidecar_of, "customer");
    CHECK(!side->fields[0].sidecar); /* id */
    for (size_t i = 1; i < side->n_fields; i++)
        CHECK(side->fields[i].sidecar && side->fields[i].readonly);
}

static void derived_columns_follow_the_field(void) {
    const struct entity *e = customer();
    const struct field *name = entity_field(e, S("name"));
    const struct field *phone = entity_field(e, S("phone"));
    const struct field *note = entity_field(e, S("note"));
    CHECK(field_has_fold(name) && field_has_sort(name));
    CHECK(!field_has_digits(name));
    CHECK(field_has_digits(phone) && !field_has_sort(phone));
    CHECK(!field_has_fold(note) && !field_has_sort(note));
    CHECK_I64(field_max_chars(name), 200);
    CHECK_I64(field_max_chars(note), 20000);
    CHECK_I64(field_max_chars(entity_field(e, S("id"))), 0);
}

/* Every enumeration of the product has both labels; the parser sees to the
 * texts, this to their being different where one could be forgotten. */
static void labels_are_in_both_languages(void) {
    for (size_t i = 0; i < builtin_model.n; i++) {
        const struct entity *e = &builtin_model.entities[i];
        for (size_t k = 0; k < e->n_fields; k++) {
            const struct label *l = &e->fields[k].label;
            CHECK(l->text[LANG_ZH].n > 0 && l->text[LANG_EN].n > 0);
            for (size_t n = 0; n < l->text[LANG_EN].n; n++)
                CHECK((unsigned char)l->text[LANG_EN].p[n] < 0x80);
        }
    }
}

static struct ctx fresh(struct arena *a) {
    struct ctx c;
    ctx_init(&c, a);
    return c;
}

static void reads_a_single_field(void) {
    struct arena *a = arena_new();
    struct ctx c = fresh(a);
    struct field f;
    CHECK_OK(field_parse(&c, S(""),
                         S("{\"name\":\"x_size\",\"type\":\"decimal\","
                           "\"scale\":2,\"max\":\"99.5\",\"label\":"
                           "{\"en\":\"Size\",\"zh\":\"尺寸\"}}"),
                         &f));
    CHECK_I64(f.max, 9950);
    CHECK(f.has_max && !f.has_min);
    CHECK_I64(
        field_parse(&c, S(""), S("{\"name\":\"X\",\"type\":\"int\"}"), &f),
        ERR_INVALID);
    CHECK_STR(c.problems.p[0].code, "model_missing_property");
    CHECK_I64(field_parse(&c, S(""), S("{"), &f), ERR_MALFORMED);
    arena_free(a);
}

/* One bad definition does not spoil the verdict on the next. */
static void each_definition_has_its_verdict(void) {
    struct arena *a = arena_new();
    struct ctx c = fresh(a);
    struct entity e;
    struct str good = S("{\"name\":\"x_a\",\"plural\":\"x_as\",\"title\":"
                        "\"name\",\"scope\":\"shared\",\"label\":"
                        "{\"en\":\"A\",\"zh\":\"甲\"},\"fields\":[{\"name\":"
                        "\"name\",\"type\":\"text\",\"label\":"
                        "{\"en\":\"N\",\"zh\":\"名\"}}]}");
    CHECK_I64(entity_parse(&c, S("a.json"), S("{}"), &e), ERR_INVALID);
    CHECK_OK(entity_parse(&c, S("b.json"), good, &e));
    CHECK_I64(c.failed, ERR_INVALID);
    CHECK(str_starts(c.problems.p[0].field, S("a.json")));
    CHECK_I64(e.n_fields, 11); /* ten of the system, one its own */
    arena_free(a);
}

/* The lock of the compiled model is read back as a model without changes. */
static void lock_is_read_back(void) {
    struct arena *a = arena_new();
    struct ctx c = fresh(a);
    struct buf b, diff, again;
    struct model m;
    buf_init(&b, a, 4 << 20);
    buf_init(&diff, a, 4 << 20);
    buf_init(&again, a, 4 << 20);
    emit_lock(&builtin_model, &b);
    CHECK_OK(lock_parse(&c, S("lock"), buf_view(&b), &m));
    CHECK_I64(m.n, builtin_model.n);
    emit_migration(&m, &builtin_model, &diff);
    CHECK_STR(buf_view(&diff), "");
    emit_lock(&m, &again);
    CHECK(str_eq(buf_view(&again), buf_view(&b)));
    CHECK_OK(model_check(&c, &builtin_model));
    arena_free(a);
}

/* The writers stop at the buffer's maximum and say so. */
static void small_buffers_overflow_cleanly(void) {
    struct arena *a = arena_new();
    struct buf b;
    buf_init(&b, a, 1000);
    emit_ddl(&builtin_model, DDL_SQLITE, &b);
    CHECK(!buf_ok(&b));
    arena_free(a);
}

int main(void) {
    RUN(finds_entities_and_fields);
    RUN(system_fields_come_first);
    RUN(sidecar_fields_are_marked);
    RUN(derived_columns_follow_the_field);
    RUN(labels_are_in_both_languages);
    RUN(reads_a_single_field);
    RUN(each_definition_has_its_verdict);
    RUN(lock_is_read_back);
    RUN(small_buffers_overflow_cleanly);
    return test_end();
}
