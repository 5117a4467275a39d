/* The fields the program keeps on every entity, with their labels. Owns const
 * tables only. Pure; any thread. */
#include "model/props.h"

#define ZH_EN(zh, en)                                                          \
    {                                                                          \
        { S_INIT(zh), S_INIT(en) }                                             \
    }

static const struct field id_field = {
    .name = S_INIT("id"),
    .type = FT_INT,
    .label = ZH_EN("编号", "ID"),
    .required = true,
    .readonly = true,
    .system = true,
};

static const struct field record_fields[] = {
    {.name = S_INIT("rev"),
     .type = FT_INT,
     .label = ZH_EN("版本", "Revision"),
     .required = true,
     .readonly = true,
     .system = true,
     .def = S_INIT("1")},
    {.name = S_INIT("created_at"),
     .type = FT_INSTANT,
     .label = ZH_EN("创建时间", "Created at"),
     .required = true,
     .readonly = true,
     .system = true},
    {.name = S_INIT("created_by"),
     .type = FT_REF,
     .label = ZH_EN("创建人", "Created by"),
     .to = S_INIT("user"),
     .on_delete = DEL_KEEP,
     .readonly = true,
     .system = true},
    {.name = S_INIT("updated_at"),
     .type = FT_INSTANT,
     .label = ZH_EN("修改时间", "Updated at"),
     .required = true,
     .readonly = true,
     .system = true},
    {.name = S_INIT("updated_by"),
     .type = FT_REF,
     .label = ZH_EN("修改人", "Updated by"),
     .to = S_INIT("user"),
     .on_delete = DEL_KEEP,
     .readonly = true,
     .system = true},
    {.name = S_INIT("deleted_at"),
     .type = FT_INSTANT,
     .label = ZH_EN("删除时间", "Deleted at"),
     .readonly = true,
     .system = true},
    {.name = S_INIT("deleted_with"),
     .type = FT_INT,
     .label = ZH_EN("随同删除", "Deleted with"),
     .readonly = true,
     .system = true},
    {.name = S_INIT("source"),
     .type = FT_TEXT,
     .max = 60,
     .label = ZH_EN("数据来源", "Source"),
     .system = true},
    {.name = S_INIT("external_id"),
     .type = FT_TEXT,
     .max = 200,
     .label = ZH_EN("外部编号", "External ID"),
     .system = true},
};

static const struct field owner_field = {
    .name = S_INIT("owner_id"),
    .type = FT_REF,
    .label = ZH_EN("负责人", "Owner"),
    .to = S_INIT("user"),
    .index = true,
    .system = true,
};

void system_fields(const struct entity *e, struct fields_out *out) {
    out->n = 0;
    out->f[out->n++] = &id_field;
    if (e->record)
        for (size_t i = 0; i < COUNT_OF(record_fields); i++)
            out->f[out->n++] = &record_fields[i];
    if (e->scope == SCOPE_OWNER || e->scope == SCOPE_OWNER_OR_PARENT)
        out->f[out->n++] = &owner_field;
}
