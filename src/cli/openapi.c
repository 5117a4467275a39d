/* guanxi openapi: the description of the interface for programs, as the server
 * gives it at /api/v1/openapi.json. Needs no database. */
#include "cli/commands.h"

#include "api/openapi.h"
#include "app/hooks.h"
#include "base/json.h"

#define DOCUMENT_MAX (64 << 20)

static enum cli_exit openapi(struct cli *cli) {
    struct ctx *c = cli->c;
    struct buf b;
    struct jw w;
    buf_init(&b, c->arena, DOCUMENT_MAX);
    jw_init(&w, &b);
    c->registry = registry_new(c->arena, &builtin_model, &app_hooks);
    c->actor = actor_console(c);
    openapi_write(c, &w);
    buf_byte(&b, '\n');
    struct str text = buf_view(&b);
    if (!buf_ok(&b) || fwrite(text.p, 1, text.n, stdout) != text.n)
        return cli_failed(cli, "can't write the document");
    return CLI_OK;
}

const struct command openapi_command = {
    .name = "openapi",
    .args = "",
    .doc = "Print the OpenAPI 3.1 document of the interface for programs.",
    .fn = openapi,
};
