/* Written by modelc from model/; do not edit. */
#include "model/model.h"

static const struct str w_a_rather_long_name_of_an_entity_for_once_one_of_0[] = {S_INIT("also_a_rather_long_name_of_a_field_of_this_one"), S_INIT("the_other_rather_long_name_of_a_field_here_id")};
static const struct names n_a_rather_long_name_of_an_entity_for_once_one_of[] = {
    {w_a_rather_long_name_of_an_entity_for_once_one_of_0, 2},
};
static const struct str w_change_indexes_0[] = {S_INIT("xid"), S_INIT("id")};
static const struct names n_change_indexes[] = {
    {w_change_indexes_0, 2},
};
static const struct field f_a_rather_long_name_of_an_entity_for_once[] = {
    {.name = S_INIT("id"), .type = FT_INT, .label = {{S_INIT("编号"), S_INIT("ID")}}, .required = true, .readonly = true, .system = true},
    {.name = S_INIT("also_a_rather_long_name_of_a_field_of_this_one"), .type = FT_INT, .label = {{S_INIT("字段"), S_INIT("Also_A_Rather_Long_Name_Of_A_Field_Of_This_One")}}, .index = true},
    {.name = S_INIT("the_other_rather_long_name_of_a_field_here_id"), .type = FT_REF, .label = {{S_INIT("字段"), S_INIT("The_Other_Rather_Long_Name_Of_A_Field_Here_Id")}}, .to = S_INIT("change"), .on_delete = DEL_CASCADE},
};

static const struct field f_change[] = {
    {.name = S_INIT("id"), .type = FT_INT, .label = {{S_INIT("编号"), S_INIT("ID")}}, .required = true, .readonly = true, .system = true},
    {.name = S_INIT("xid"), .type = FT_INT, .label = {{S_INIT("字段"), S_INIT("Xid")}}, .required = true, .def = S_INIT("\"@transaction\"")},
    {.name = S_INIT("at"), .type = FT_INSTANT, .label = {{S_INIT("字段"), S_INIT("At")}}, .required = true},
};

static const struct entity entities[] = {
    {.name = S_INIT("a_rather_long_name_of_an_entity_for_once"), .plural = S_INIT("long_names"),
     .label = {{S_INIT("东西"), S_INIT("Thing")}},
     .scope = SCOPE_SYSTEM,
     .fields = f_a_rather_long_name_of_an_entity_for_once, .n_fields = 3,
     .one_of = n_a_rather_long_name_of_an_entity_for_once_one_of, .n_one_of = 1},
    {.name = S_INIT("change"), .plural = S_INIT("changes"),
     .label = {{S_INIT("东西"), S_INIT("Thing")}},
     .scope = SCOPE_SYSTEM, .append_only = true,
     .fields = f_change, .n_fields = 3,
     .indexes = n_change_indexes, .n_indexes = 1},
};

const struct model builtin_model = {entities, 2};
