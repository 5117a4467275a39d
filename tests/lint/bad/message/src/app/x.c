/* A message without a text. */
enum err f(struct ctx *c) {
    return fail(c, ERR_INVALID, "name", "no_such_text");
}
