/* Writers: what is derived from a model. All append to b. */
#ifndef MODEL_EMIT_H
#define MODEL_EMIT_H

#include "base/buf.h"
#include "model/model.h"

enum ddl_engine { DDL_SQLITE, DDL_POSTGRES };

void emit_c(const struct model *m, struct buf *b);  /* model_gen.c */
void emit_ts(const struct model *m, struct buf *b); /* types, labels, options */
void emit_ddl(const struct model *m, enum ddl_engine e, struct buf *b);
/* JSON Schema of the definition language itself, for editors. */
void emit_json_schema(struct buf *b);
/* The model as JSON in a normal form: model.lock.json, GET /schema. */
void emit_lock(const struct model *m, struct buf *b);
/* One field in that form: what field_parse reads. */
void emit_field(const struct field *f, struct buf *b);

#endif
