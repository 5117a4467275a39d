/* Allocates. free() in a comment is fine. */
void *f(void) {
    arena_free(a);
    o->free(a);
    return malloc(3);
}
