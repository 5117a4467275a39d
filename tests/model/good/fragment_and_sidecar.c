/* Written by modelc from model/; do not edit. */
#include "model/model.h"

static const struct option g_thing[] = {
    {S_INIT("size"), {{S_INIT("尺寸"), S_INIT("Size")}}},
};
static const struct str w_thing_indexes_0[] = {S_INIT("width"), S_INIT("height")};
static const struct names n_thing_indexes[] = {
    {w_thing_indexes_0, 2},
};
static const struct str w_thing_list_0[] = {S_INIT("name"), S_INIT("sales"), S_INIT("width")};
static const struct option o_thing_stats__grade[] = {
    {S_INIT("a"), {{S_INIT("甲"), S_INIT("A")}}},
    {S_INIT("b"), {{S_INIT("乙"), S_INIT("B")}}},
};
static const struct option g_thing_stats[] = {
    {S_INIT("value"), {{S_INIT("价值"), S_INIT("Value")}}},
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
    {.name = S_INIT("name"), .type = FT_TEXT, .label = {{S_INIT("字段"), S_INIT("Name")}}},
    {.name = S_INIT("thing_id"), .type = FT_REF, .label = {{S_INIT("字段"), S_INIT("Thing_Id")}}, .to = S_INIT("thing")},
    {.name = S_INIT("width"), .type = FT_INT, .label = {{S_INIT("字段"), S_INIT("Width")}}, .group = S_INIT("size")},
    {.name = S_INIT("height"), .type = FT_INT, .label = {{S_INIT("字段"), S_INIT("Height")}}, .group = S_INIT("size")},
};

static const struct field f_thing_stats[] = {
    {.name = S_INIT("id"), .type = FT_INT, .label = {{S_INIT("编号"), S_INIT("ID")}}, .required = true, .readonly = true, .system = true},
    {.name = S_INIT("sales"), .type = FT_DECIMAL, .label = {{S_INIT("字段"), S_INIT("Sales")}}, .required = true, .readonly = true, .sortable = true, .sidecar = true, .scale = 6, .def = S_INIT("\"0\""), .group = S_INIT("value")},
    {.name = S_INIT("grade"), .type = FT_ENUM, .label = {{S_INIT("字段"), S_INIT("Grade")}}, .readonly = true, .sidecar = true, .options = o_thing_stats__grade, .n_options = 2},
};

static const struct entity entities[] = {
    {.name = S_INIT("thing"), .plural = S_INIT("things"),
     .label = {{S_INIT("东西"), S_INIT("Thing")}},
     .scope = SCOPE_OWNER_OR_PARENT, .parent = S_INIT("thing_id"), .title = S_INIT("name"), .sidecar = S_INIT("thing_stats"), .record = true,
     .fields = f_thing, .n_fields = 15,
     .indexes = n_thing_indexes, .n_indexes = 1,
     .list = {w_thing_list_0, 3},
     .groups = g_thing, .n_groups = 1},
    {.name = S_INIT("thing_stats"), .plural = S_INIT("thing_stats"),
     .label = {{S_INIT("东西"), S_INIT("Thing")}},
     .scope = SCOPE_SYSTEM, .sidecar_of = S_INIT("thing"),
     .fields = f_thing_stats, .n_fields = 3,
     .groups = g_thing_stats, .n_groups = 1},
};

const struct model builtin_model = {entities, 2};
