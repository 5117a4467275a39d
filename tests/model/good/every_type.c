/* Written by modelc from model/; do not edit. */
#include "model/model.h"

static const struct option o_thing__kind[] = {
    {S_INIT("a"), {{S_INIT("甲"), S_INIT("A")}}},
    {S_INIT("b"), {{S_INIT("乙"), S_INIT("B")}}},
};
static const struct option o_thing__kinds[] = {
    {S_INIT("a"), {{S_INIT("甲"), S_INIT("A")}}},
    {S_INIT("b"), {{S_INIT("乙"), S_INIT("B")}}},
};
static const struct option o_thing__none[] = {
    {S_INIT("a"), {{S_INIT("甲"), S_INIT("A")}}},
    {S_INIT("b"), {{S_INIT("乙"), S_INIT("B")}}},
};
static const struct option g_thing[] = {
    {S_INIT("more"), {{S_INIT("更多"), S_INIT("More")}}},
};
static const struct str w_thing_indexes_0[] = {S_INIT("owner_id"), S_INIT("name_sort"), S_INIT("id")};
static const struct str w_thing_indexes_1[] = {S_INIT("phone_digits"), S_INIT("id")};
static const struct names n_thing_indexes[] = {
    {w_thing_indexes_0, 3},
    {w_thing_indexes_1, 2},
};
static const struct str w_thing_uniques_0[] = {S_INIT("kind"), S_INIT("day")};
static const struct names n_thing_uniques[] = {
    {w_thing_uniques_0, 2},
};
static const struct str w_thing_form_0[] = {S_INIT("name"), S_INIT("kind")};
static const struct str w_thing_form_1[] = {S_INIT("story")};
static const struct names n_thing_form[] = {
    {w_thing_form_0, 2},
    {w_thing_form_1, 1},
};
static const struct str w_thing_list_0[] = {S_INIT("name"), S_INIT("amount")};
static const struct field f_other[] = {
    {.name = S_INIT("id"), .type = FT_INT, .label = {{S_INIT("编号"), S_INIT("ID")}}, .required = true, .readonly = true, .system = true},
    {.name = S_INIT("name"), .type = FT_TEXT, .label = {{S_INIT("名称"), S_INIT("Name")}}},
};

static const struct field f_thing[] = {
    {.name = S_INIT("id"), .type = FT_INT, .label = {{S_INIT("编号"), S_INIT("ID")}}, .required = true, .readonly = true, .system = true},
    {.name = S_INIT("rev"), .type = FT_INT, .label = {{S_INIT("版本"), S_INIT("Revision")}}, .required = true, .readonly = true, .system = true, .def = S_INIT("1")},
    {.name = S_INIT("created_at"), .type = FT_INSTANT, .label = {{S_INIT("创建时间"), S_INIT("Created at")}}, .required = true, .readonly = true, .system = true},
    {.name = S_INIT("created_by"), .type = FT_REF, .label = {{S_INIT("创建人"), S_INIT("Created by")}}, .readonly = true, .system = true, .to = S_INIT("user"), .on_delete = DEL_KEEP},
    {.name = S_INIT("updated_at"), .type = FT_INSTANT, .label = {{S_INIT("修改时间"), S_INIT("Updated at")}}, .required = true, .readonly = true, .system = true},
    {.name = S_INIT("updated_by"), .type = FT_REF, .label = {{S_INIT("修改人"), S_INIT("Updated by")}}, .readonly = true, .system = true, .to = S_INIT("user"), .on_delete = DEL_KEEP},
    {.name = S_INIT("deleted_at"), .type = FT_INSTANT, .label = {{S_INIT("删除时间"), S_INIT("Deleted at")}}, .readonly = true, .system = true},
    {.name = S_INIT("deleted_with"), .type = FT_INT, .label = {{S_INIT("随同删除"), S_INIT("Deleted with")}}, .readonly = true, .system = true},
    {.name = S_INIT("source"), .type = FT_TEXT, .label = {{S_INIT("数据来源"), S_INIT("Source")}}, .system = true, .max = INT64_C(60)},
    {.name = S_INIT("external_id"), .type = FT_TEXT, .label = {{S_INIT("外部编号"), S_INIT("External ID")}}, .system = true, .max = INT64_C(200)},
    {.name = S_INIT("owner_id"), .type = FT_REF, .label = {{S_INIT("负责人"), S_INIT("Owner")}}, .index = true, .system = true, .to = S_INIT("user")},
    {.name = S_INIT("name"), .type = FT_TEXT, .label = {{S_INIT("字段"), S_INIT("Name")}}, .required = true, .search = true, .sortable = true, .max = INT64_C(200), .has_max = true},
    {.name = S_INIT("story"), .type = FT_LONGTEXT, .label = {{S_INIT("字段"), S_INIT("Story")}}, .search = true},
    {.name = S_INIT("count"), .type = FT_INT, .label = {{S_INIT("字段"), S_INIT("Count")}}, .required = true, .max = INT64_C(500), .min = INT64_C(-5), .has_min = true, .has_max = true, .def = S_INIT("3")},
    {.name = S_INIT("price"), .type = FT_DECIMAL, .label = {{S_INIT("字段"), S_INIT("Price")}}, .max = INT64_C(12500000), .has_min = true, .has_max = true, .scale = 6, .def = S_INIT("\"0.25\"")},
    {.name = S_INIT("amount"), .type = FT_MONEY, .label = {{S_INIT("字段"), S_INIT("Amount")}}, .sortable = true, .currency = S_INIT("currency")},
    {.name = S_INIT("currency"), .type = FT_TEXT, .label = {{S_INIT("字段"), S_INIT("Currency")}}, .max = INT64_C(3), .has_max = true, .def = S_INIT("\"CNY\"")},
    {.name = S_INIT("on"), .type = FT_BOOL, .label = {{S_INIT("字段"), S_INIT("On")}}, .required = true, .def = S_INIT("false")},
    {.name = S_INIT("day"), .type = FT_DATE, .label = {{S_INIT("字段"), S_INIT("Day")}}, .sortable = true},
    {.name = S_INIT("at"), .type = FT_INSTANT, .label = {{S_INIT("字段"), S_INIT("At")}}, .index = true},
    {.name = S_INIT("kind"), .type = FT_ENUM, .label = {{S_INIT("字段"), S_INIT("Kind")}}, .index = true, .options = o_thing__kind, .n_options = 2, .def = S_INIT("\"a\"")},
    {.name = S_INIT("kinds"), .type = FT_SET, .label = {{S_INIT("字段"), S_INIT("Kinds")}}, .options = o_thing__kinds, .n_options = 2, .def = S_INIT("[\"a\",\"b\"]")},
    {.name = S_INIT("none"), .type = FT_SET, .label = {{S_INIT("字段"), S_INIT("None")}}, .options = o_thing__none, .n_options = 2, .def = S_INIT("[]")},
    {.name = S_INIT("thing_id"), .type = FT_REF, .label = {{S_INIT("字段"), S_INIT("Thing_Id")}}, .index = true, .to = S_INIT("thing"), .on_delete = DEL_CLEAR},
    {.name = S_INIT("other_id"), .type = FT_REF, .label = {{S_INIT("字段"), S_INIT("Other_Id")}}, .required = true, .create_only = true, .to = S_INIT("other")},
    {.name = S_INIT("user_id"), .type = FT_REF, .label = {{S_INIT("字段"), S_INIT("User_Id")}}, .to = S_INIT("other"), .on_delete = DEL_KEEP},
    {.name = S_INIT("email"), .type = FT_EMAIL, .label = {{S_INIT("字段"), S_INIT("Email")}}, .unique = true, .search = true, .points = true},
    {.name = S_INIT("phone"), .type = FT_PHONE, .label = {{S_INIT("字段"), S_INIT("Phone")}}, .search = true, .points = true},
    {.name = S_INIT("page"), .type = FT_URL, .label = {{S_INIT("字段"), S_INIT("Page")}}},
    {.name = S_INIT("data"), .type = FT_JSON, .label = {{S_INIT("字段"), S_INIT("Data")}}, .def = S_INIT("{\"it's\":[1,null]}")},
    {.name = S_INIT("bytes"), .type = FT_BLOB, .label = {{S_INIT("字段"), S_INIT("Bytes")}}, .secret = true},
    {.name = S_INIT("hash"), .type = FT_TEXT, .label = {{S_INIT("字段"), S_INIT("Hash")}}, .readonly = true, .secret = true},
    {.name = S_INIT("quote"), .type = FT_TEXT, .label = {{S_INIT("字段"), S_INIT("Quote")}}, .doc = S_INIT("Awkward default."), .def = S_INIT("\"it's \\\"q\\\"\?\""), .group = S_INIT("more")},
};

static const struct entity entities[] = {
    {.name = S_INIT("other"), .plural = S_INIT("others"),
     .label = {{S_INIT("东西"), S_INIT("Thing")}},
     .scope = SCOPE_SHARED, .title = S_INIT("name"),
     .fields = f_other, .n_fields = 2},
    {.name = S_INIT("thing"), .plural = S_INIT("things"),
     .label = {{S_INIT("东西"), S_INIT("Thing")}}, .doc = S_INIT("One field of each type."),
     .scope = SCOPE_OWNER, .title = S_INIT("name"), .record = true,
     .fields = f_thing, .n_fields = 33,
     .indexes = n_thing_indexes, .n_indexes = 2,
     .uniques = n_thing_uniques, .n_uniques = 1,
     .list = {w_thing_list_0, 2},
     .form = n_thing_form, .n_form = 2,
     .groups = g_thing, .n_groups = 1},
};

const struct model builtin_model = {entities, 2};
