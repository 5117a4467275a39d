/* Tables of shapes: what belongs to records beside the records themselves. */
#include "api/shapes.h"

SHAPE(batch, "Writes, done in this order.", 0, NULL,
      {"atomic?", "boolean", "All or none; the default."},
      {"records?", "boolean", "Answer with the records too."},
      {"operations", "[#batch_operation]", "At most 500."});

SHAPE(batch_operation, "One write.", 0, NULL,
      {"op", "=create update delete restore upsert tag untag", NULL},
      {"object", "text", "Plural, such as customers."},
      {"id?", "integer", "Of the record; not for create and upsert."},
      {"rev?", "integer", "As in If-Match: 412 when it has another."},
      {"field?", "text", "upsert: a unique field, or external_id."},
      {"value?", "text", "upsert: its value."},
      {"source?", "text", "upsert by external_id: whose id it is."},
      {"data?", "any", "create, update, upsert: the fields."},
      {"tag?", "integer", "tag, untag: id of the tag."});

SHAPE(batch_results, "What became of the operations, in their order.", 0, NULL,
      {"atomic", "boolean", NULL}, {"results", "[#batch_result]", NULL},
      {"done", "integer", NULL}, {"failed", "integer", NULL});

SHAPE(batch_result, "What became of one operation.", 0, NULL,
      {"status", "integer",
       "As of its single route; 424: undone, or not tried, "
       "because another one failed."},
      {"id?", "integer", NULL}, {"rev?", "integer", NULL},
      {"record?", "any", NULL}, {"problem?", "#problem", NULL});

SHAPE(changes_query, "Which changes.", 0, NULL,
      {"since?", "text", "A cursor; now: none yet; absent: all that are kept."},
      {"objects?", "text", "Plurals, comma-separated; all when absent."},
      {"limit?", "integer", "At most 1000 are looked at; 500 by default."});

SHAPE(changes, "Changes, oldest first.", 0, NULL, {"data", "[#change]", NULL},
      {"cursor", "text", "For the next call."},
      {"more", "boolean", "Ask again at once."});

SHAPE(change, "One change of one record.", 0, NULL, {"entity", "text", NULL},
      {"object", "text", "Plural of the entity."}, {"id", "integer", NULL},
      {"op", "=create update delete restore gone",
       "gone: out of the caller's sight."},
      {"rev?", "integer", "Revision the change made."},
      {"at?", "instant", NULL});

SHAPE(events_query, "Which events.", 0, NULL,
      {"objects?", "text", "Plurals, comma-separated; all when absent."},
      {"last_event_id?", "text", "As the header Last-Event-ID."});

SHAPE(record_tags, "Tags on a record.", 0, NULL,
      {"data", "[#record_tag_mark]", NULL});

SHAPE(record_tag_mark, "A tag.", 0, NULL, {"id", "integer", NULL},
      {"name", "text", NULL}, {"color", "@tag.color", NULL});

SHAPE(record_shares, "Who a record is shared with.", 0, NULL,
      {"may_change", "boolean", "May the caller share it, or take it back?"},
      {"data", "[#record_share_row]", NULL});

SHAPE(record_share_row, "One share.", 0, NULL,
      {"user_id", "integer|null", "Null: of a team."},
      {"team_id", "integer|null", "Of everybody in it and in those below it."},
      {"level", "@record_share.level", NULL}, {"until", "instant|null", NULL},
      {"created_at", "instant", NULL}, {"created_by", "integer|null", NULL});

SHAPE(share_new, "What the user or team may do, and how long.", 0, NULL,
      {"level?", "@record_share.level", "read, or write: see and change."},
      {"until?", "instant|null", "Null: until it is taken back."});

SHAPE(similar_query, "What is typed so far.", 0, NULL,
      {"name?", "text", "Company names count without their legal form."},
      {"phone?", "text", "With or without the code of China."},
      {"email?", "text", NULL}, {"tax_number?", "text", "Of customers."},
      {"customer_id?", "integer",
       "Of contacts: names count among this customer's alone."},
      {"except?", "integer", "The record that is being changed."});

SHAPE(similar, "Records that are likely the same, at most ten.", 0, NULL,
      {"matched", "[#similar_match]", "The likeliest first."},
      {"data", "[{any}]", "What a list would show of them."},
      {"links", "#links", NULL}, {"included?", "any", NULL});

SHAPE(similar_match, "Why a record is taken for the same.", 0, NULL,
      {"id", "integer", NULL},
      {"fields", "[=name phone email tax_number]", NULL});

static const struct shape *const list[] = {
    &batch,         &batch_operation,  &batch_results, &batch_result,
    &change,        &changes,          &changes_query, &record_tags,
    &record_shares, &record_share_row, &share_new,     &record_tag_mark,
    &events_query,  &similar,          &similar_query, &similar_match,
};

const struct shape_list record_shapes = {list, COUNT_OF(list)};
