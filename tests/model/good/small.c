/* Written by modelc from model/; do not edit. */
#include "model/model.h"

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
    {.name = S_INIT("name"), .type = FT_TEXT, .label = {{S_INIT("名称"), S_INIT("Name")}}},
};

static const struct entity entities[] = {
    {.name = S_INIT("thing"), .plural = S_INIT("things"),
     .label = {{S_INIT("东西"), S_INIT("Thing")}},
     .scope = SCOPE_SHARED, .title = S_INIT("name"), .record = true,
     .fields = f_thing, .n_fields = 11},
};

const struct model builtin_model = {entities, 1};
