/* Tables of shapes: custom fields. */
#include "api/shapes.h"

#define TYPES                                                                  \
    "=text longtext int decimal money bool date instant enum set ref email "   \
    "phone url json"

#define RULES                                                                  \
    {"doc?", "text", "A hint for who fills it in."},                           \
        {"required?", "boolean", NULL},                                        \
        {"unique?", "boolean", "Among live records."},                         \
        {"search?", "boolean", "Found by the search box."},                    \
        {"sortable?", "boolean", "Sorts quickly; texts by pinyin."},           \
        {"min?", "integer|decimal|null", "Text: fewest characters."},          \
        {"max?", "integer|decimal|null", "Text: most characters."},            \
        {"pattern?", "text|null", "Regular expression of a whole text."},      \
        {"scale?", "integer", "Decimals, 1 to 9."},                            \
        {"currency?", "text", "Field of the currency; empty: the company's."}, \
        {"to?", "text", "The entity a ref points to."},                        \
        {"options?", "[#option]", NULL}, {"default?", "any", NULL},            \
        {"group?", "text", "Section of the form."}, {                          \
        "position?", "integer", "Order among custom fields."                   \
    }

#define WHOLE                                                                  \
    {"id", "integer", NULL}, {"rev", "integer", NULL},                         \
        {"object", "text", "The entity's place in URLs."},                     \
        {"state", "@custom_field.state", NULL},                                \
        {"updated_at", "instant", NULL}, {"entity", "text", NULL},             \
        {"name", "text", "Starts with x_."}, {"type", TYPES, NULL},            \
        {"label", "#words", NULL}, {"retired", "boolean", NULL}, RULES

SHAPE(custom_field, "A field the company has added.", 0, NULL, WHOLE);
SHAPE(custom_field_made, "A field just added.", 201, NULL, WHOLE);
SHAPE(custom_fields, "Custom fields.", 0, NULL,
      {"data", "[#custom_field]", NULL});
SHAPE(custom_fields_query, "Of which entity.", 0, NULL,
      {"entity?", "text", "Such as customer; all when absent."});
SHAPE(custom_field_new, "A new field.", 0, NULL,
      {"entity", "text", "Such as customer."},
      {"name", "text", "Small letters, digits, _; x_ is put before it."},
      {"type", TYPES, NULL}, {"label", "#words", NULL}, RULES);
SHAPE(custom_field_change, "What is to change.", 0, NULL,
      {"rev?", "integer", "The state seen; 412 when there is a newer one."},
      {"type?", TYPES, NULL}, {"label?", "#words", NULL}, RULES);

static const struct shape *const list[] = {
    &custom_field,        &custom_field_made, &custom_fields,
    &custom_fields_query, &custom_field_new,  &custom_field_change,
};

const struct shape_list custom_shapes = {list, COUNT_OF(list)};
